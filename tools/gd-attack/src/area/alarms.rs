//! Attacks on the alarms by which the group grows and shrinks.

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, Dimension, Tag};
use lib_common::Result;
use lib_common::aws::During;

use super::network::gone;
use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Alarm;
use crate::attack::{Attack, FLEET, changed, extra, missing, missing_of};
use crate::hand::Hand;

/// What mends an alarm.
const PUT: &str = "cloudwatch:PutMetricAlarm";

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "alarm-deleted",
        difficulty: Easy,
        does: "deletes the alarm that many jobs wait",
        symptom: "jobs wait, and no worker comes",
        finding: missing(FLEET, "many-jobs"),
        mend: PUT,
        target: Alarm("many-jobs"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.cloudwatch.delete_alarms().alarm_names(&hand.id);
                call.send().await.during("DeleteAlarms").map(drop)
            })
        },
    },
    Attack {
        name: "alarm-mute",
        difficulty: Easy,
        does: "switches the actions of the alarm off that many jobs wait",
        symptom: "the alarm sounds, and no worker comes",
        finding: changed(FLEET, "many-jobs", "actions_enabled"),
        mend: PUT,
        target: Alarm("many-jobs"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.cloudwatch.disable_alarm_actions().alarm_names(&hand.id);
                call.send().await.during("DisableAlarmActions").map(drop)
            })
        },
    },
    Attack {
        name: "alarm-dull",
        difficulty: Medium,
        does: "has the alarm sound at a hundred thousand jobs",
        symptom: "jobs wait, and the alarm is silent",
        finding: changed(FLEET, "many-jobs", "threshold"),
        mend: PUT,
        target: Alarm("many-jobs"),
        deed: |hand| Box::pin(async move { put(&hand, |call| call.threshold(100_000.0)).await }),
    },
    Attack {
        name: "alarm-elsewhere",
        difficulty: Hard,
        does: "has the alarm look at the queue of dead letters",
        symptom: "jobs wait, and the alarm is silent, though its threshold is right",
        finding: changed(FLEET, "many-jobs", "dimensions"),
        mend: PUT,
        target: Alarm("many-jobs"),
        deed: |hand| {
            Box::pin(async move {
                let name = hand.world.queues.dead_letter.name.clone();
                let other = Dimension::builder().name("QueueName").value(name).build();
                put(&hand, |call| call.set_dimensions(Some(vec![other]))).await
            })
        },
    },
    Attack {
        name: "alarm-slow",
        difficulty: Medium,
        does: "has the alarm wait until jobs have waited for two hours",
        symptom: "under load the group grows hours late",
        finding: changed(FLEET, "many-jobs", "periods"),
        mend: PUT,
        target: Alarm("many-jobs"),
        deed: |hand| Box::pin(async move { put(&hand, |call| call.evaluation_periods(120)).await }),
    },
    Attack {
        name: "alarm-aimless",
        difficulty: Medium,
        does: "takes its action away from the alarm that no jobs wait",
        symptom: "after a load the group stays large",
        finding: missing_of(FLEET, "no-jobs", "actions"),
        mend: PUT,
        target: Alarm("no-jobs"),
        deed: |hand| Box::pin(async move { put(&hand, |call| call.set_alarm_actions(None)).await }),
    },
    Attack {
        name: "alarm-reversed",
        difficulty: Hard,
        does: "has the alarm that no jobs wait sound while jobs wait",
        symptom: "the more jobs wait, the fewer workers there are",
        finding: changed(FLEET, "no-jobs", "comparison"),
        mend: PUT,
        target: Alarm("no-jobs"),
        deed: |hand| {
            Box::pin(async move {
                let reversed = ComparisonOperator::GreaterThanThreshold;
                put(&hand, |call| call.comparison_operator(reversed)).await
            })
        },
    },
    Attack {
        name: "alarm-blind",
        difficulty: Hard,
        does: "has the alarm take a silent queue for one with jobs",
        symptom: "after six quiet hours the group never shrinks again",
        finding: changed(FLEET, "no-jobs", "missing"),
        mend: PUT,
        target: Alarm("no-jobs"),
        deed: |hand| {
            Box::pin(
                async move { put(&hand, |call| call.treat_missing_data("notBreaching")).await },
            )
        },
    },
    Attack {
        name: "alarm-added",
        difficulty: Hard,
        does: "leaves an alarm that runs the group's policy to shrink whenever jobs wait",
        symptom: "under load workers go as they come",
        finding: extra(FLEET, "worker-group"),
        mend: "cloudwatch:DeleteAlarms",
        target: Alarm("no-jobs"),
        deed: |hand| {
            Box::pin(async move {
                let name = hand.world.own_name("maintenance");
                // Of a name that is taken, the service would set the alarm that has it.
                let kinds = [AlarmType::MetricAlarm, AlarmType::CompositeAlarm];
                let taken = hand.world.cloudwatch.describe_alarms().alarm_names(&name);
                let taken = taken.set_alarm_types(Some(kinds.into())).send().await;
                let taken = taken.during("DescribeAlarms")?;
                let there = taken.metric_alarms().len() + taken.composite_alarms().len();
                hand.make_new(&format!("an alarm {name}"), there > 0)?;
                hand.touch(&name);
                let tag =
                    |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
                let tags = hand.world.tags().iter().map(tag).collect();
                let more = ComparisonOperator::GreaterThanThreshold;
                put(&hand, |call| {
                    call.alarm_name(name).set_tags(Some(tags)).comparison_operator(more)
                })
                .await
            })
        },
    },
];

/// Puts the target's alarm anew, with a change.
async fn put(
    hand: &Hand,
    change: impl FnOnce(PutMetricAlarmFluentBuilder) -> PutMetricAlarmFluentBuilder,
) -> Result<()> {
    let cloudwatch = &hand.world.cloudwatch;
    let answer = cloudwatch.describe_alarms().alarm_names(&hand.id).send().await;
    let answer = answer.during("DescribeAlarms")?;
    let alarm = answer.metric_alarms.unwrap_or_default().pop().ok_or_else(|| gone("the alarm"))?;
    let call = cloudwatch
        .put_metric_alarm()
        .alarm_name(&hand.id)
        .set_namespace(alarm.namespace.clone())
        .set_metric_name(alarm.metric_name.clone())
        .set_dimensions(alarm.dimensions.clone())
        .set_statistic(alarm.statistic.clone())
        .set_period(alarm.period)
        .set_evaluation_periods(alarm.evaluation_periods)
        .set_comparison_operator(alarm.comparison_operator.clone())
        .set_threshold(alarm.threshold)
        .set_treat_missing_data(alarm.treat_missing_data.clone())
        .set_alarm_actions(alarm.alarm_actions.clone());
    change(call).send().await.during("PutMetricAlarm").map(drop)
}
