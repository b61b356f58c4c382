//! The alarms on the queue of jobs, which take the steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_cloudwatch::types::{Dimension, MetricAlarm, Statistic};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::json;

use super::facts;
use super::policies::Step;
use crate::tagging;
use crate::world::World;

const NAMESPACE: &str = "AWS/SQS";
const METRIC: &str = "ApproximateNumberOfMessagesVisible";
/// SQS tells its numbers once a minute.
const PERIOD: i32 = 60;

/// How the reason begins for the state of an alarm that was never evaluated.
const UNCHECKED: &str = "Unchecked:";

pub struct Alarm {
    pub world: Arc<World>,
    pub step: &'static Step,
}

#[async_trait]
impl Resource for Alarm {
    fn name(&self) -> &str {
        self.step.alarm
    }

    fn kind(&self) -> &'static str {
        "alarm"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.step.policy.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let seen = match self.described().await? {
            Some(alarm) => {
                let arn = alarm.alarm_arn.clone().unwrap_or_default();
                let tags = self.tags(&arn).await?;
                Some((found(alarm, arn, &tags), tags))
            }
            None => None,
        };
        self.world.claim(key, self.kind(), self.step.alarm, seen)
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "tags": self.world.team.wish(self.step.alarm, &self.called()),
            "metric": format!("{NAMESPACE} {METRIC}"),
            "dimensions": {"QueueName": self.world.queues.input.name},
            "statistic": Statistic::Average.as_str(),
            "period": PERIOD,
            "periods": self.step.minutes,
            "points": null,
            "comparison": self.step.comparison.as_str(),
            "threshold": self.step.messages,
            "missing": self.step.missing,
            "actions": [known.id(self.step.policy)],
            "actions_enabled": true,
            "actions_ok": [],
            "actions_insufficient": [],
            "unit": null,
            "percentile": null,
            "metrics": 0,
            "state_by_hand": null,
        }))
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // The workers that there are go on working.
            Wrong::Missing => Severity::High,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        Some(match call {
            Call::Delete | Call::Remove(_) => "cloudwatch:DeleteAlarms",
            Call::Mend(difference) if difference.fact == "tags" => "cloudwatch:TagResource",
            Call::Create | Call::Mend(_) => "cloudwatch:PutMetricAlarm",
        })
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        self.put(known).await?;
        let alarm = self.described().await?.ok_or_else(|| {
            Error::new(Exit::Temporary, format!("the alarm {} is not told of yet", self.called()))
                .next("run the same command again")
        })?;
        let id = alarm.alarm_arn.unwrap_or_default();
        Ok(Found { id, facts: self.wish(known) })
    }

    async fn mend(&self, found: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        for one in differences.iter().filter(|one| one.fact == "tags") {
            // Tags of PutMetricAlarm are of a new alarm only.
            let request = self.world.clients.cloudwatch.tag_resource().resource_arn(&found.id);
            let tags = tagging::alarm(&tagging::wished(one));
            request
                .set_tags(Some(tags))
                .send()
                .await
                .during("TagResource")
                .explain(|| format!("cannot tag the alarm {}", self.called()))?;
        }
        if differences.iter().any(|one| one.fact == "state_by_hand") {
            // Only a new alarm has no state but what it measures.
            self.delete(found).await?;
        }
        match differences.iter().any(|one| one.fact != "tags") {
            true => self.put(known).await,
            false => Ok(()),
        }
    }

    async fn delete(&self, _found: &Found) -> Result<()> {
        let request = self.world.clients.cloudwatch.delete_alarms().alarm_names(self.called());
        let cannot =
            || format!("cannot delete the alarm {} ({})", self.called(), self.world.place());
        request.send().await.during("DeleteAlarms").explain(cannot).map(drop)
    }
}

impl Alarm {
    fn called(&self) -> String {
        self.world.names.of_group(self.step.alarm)
    }

    async fn described(&self) -> Result<Option<MetricAlarm>> {
        let request = self.world.clients.cloudwatch.describe_alarms().alarm_names(self.called());
        let cannot = || format!("cannot read the alarm {} ({})", self.called(), self.world.place());
        let answer = request.send().await.during("DescribeAlarms").explain(cannot)?;
        Ok(answer.metric_alarms.unwrap_or_default().pop())
    }

    async fn tags(&self, arn: &str) -> Result<BTreeMap<String, String>> {
        let request = self.world.clients.cloudwatch.list_tags_for_resource().resource_arn(arn);
        let answer = match request.send().await.during("ListTagsForResource") {
            // It was deleted this moment.
            Err(error) if error.is_not_found() => return Ok(BTreeMap::new()),
            answer => answer.explain(|| format!("cannot read the tags of {}", self.called()))?,
        };
        let tags = answer.tags.unwrap_or_default().into_iter();
        Ok(tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect())
    }

    async fn put(&self, known: &Known) -> Result<()> {
        let (step, name) = (self.step, self.called());
        let queue = Dimension::builder().name("QueueName").value(&self.world.queues.input.name);
        self.world
            .clients
            .cloudwatch
            .put_metric_alarm()
            .alarm_name(&name)
            .namespace(NAMESPACE)
            .metric_name(METRIC)
            .dimensions(queue.build())
            .statistic(Statistic::Average)
            .period(PERIOD)
            .evaluation_periods(step.minutes)
            .comparison_operator(step.comparison.clone())
            .threshold(step.messages)
            .treat_missing_data(step.missing)
            .alarm_actions(known.id(step.policy))
            .actions_enabled(true)
            .set_tags(Some(tagging::alarm(&self.world.tags(step.alarm, &name))))
            .send()
            .await
            .during("PutMetricAlarm")
            .explain(|| format!("cannot set the alarm {name} ({})", self.world.place()))
            .map(drop)
    }
}

fn found(alarm: MetricAlarm, arn: String, tags: &BTreeMap<String, String>) -> Found {
    let dimensions: BTreeMap<_, _> = alarm
        .dimensions
        .unwrap_or_default()
        .into_iter()
        .filter_map(|one| Some((one.name?, one.value?)))
        .collect();
    let mut actions = alarm.alarm_actions.unwrap_or_default();
    actions.sort();
    // The service gives the numbers that a state follows from; a new alarm has none yet.
    let reason = alarm.state_reason.unwrap_or_default();
    let is_measured = alarm.state_reason_data.is_some_and(|data| !data.is_empty());
    let by_hand = (!is_measured && !reason.starts_with(UNCHECKED)).then(|| {
        let state = alarm.state_value.as_ref().map(|state| state.as_str());
        json!({"state": state, "reason": reason})
    });
    let (namespace, metric) = (alarm.namespace, alarm.metric_name);
    let told = json!({
        "tags": tagging::fact(tags),
        "metric": format!("{} {}", namespace.unwrap_or_default(), metric.unwrap_or_default()),
        "dimensions": dimensions,
        "statistic": alarm.statistic.map(|statistic| statistic.as_str().to_owned()),
        "period": alarm.period,
        "periods": alarm.evaluation_periods,
        "points": alarm.datapoints_to_alarm,
        "comparison": alarm.comparison_operator.map(|operator| operator.as_str().to_owned()),
        "threshold": alarm.threshold,
        "missing": alarm.treat_missing_data,
        "actions": actions,
        "actions_enabled": alarm.actions_enabled,
        "actions_ok": alarm.ok_actions.unwrap_or_default(),
        "actions_insufficient": alarm.insufficient_data_actions.unwrap_or_default(),
        "unit": alarm.unit.map(|unit| unit.as_str().to_owned()),
        "percentile": alarm.extended_statistic,
        "metrics": alarm.metrics.map_or(0, |metrics| metrics.len()),
        "state_by_hand": by_hand,
    });
    Found { id: arn, facts: facts(told) }
}
