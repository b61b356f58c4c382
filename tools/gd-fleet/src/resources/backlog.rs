//! The policy that keeps the backlog per instance: target tracking on the queue and the group.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_autoscaling::types::{
    CustomizedMetricSpecification, Metric, MetricDimension, ScalingPolicy,
    TargetTrackingConfiguration, TargetTrackingMetricDataQuery, TargetTrackingMetricStat,
};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::{Map, Value, json};

use super::{BACKLOG, GROUP, facts, policies};
use crate::world::World;

/// A worker boots in one to two minutes: until then it is counted as on its way.
const WARMUP: i32 = 120;

/// The metric of a group that the backlog is divided by. It is kept only where it is asked for.
pub const COUNTED: &str = "GroupInServiceInstances";

/// A group without an instance counts as one: otherwise its jobs would be divided by nothing,
/// and it would never get one.
///
/// What is missing stays missing. The queue's numbers come up to minutes late, and a late one
/// that was taken for none would end every alarm before it has begun.
const EXPRESSION: &str = "visible / IF(workers > 0, workers, 1)";

/// The alarms that the service makes of it, and what is known of their thresholds: that
/// below, the service sets as it likes.
const ALARMS: [&str; 2] = ["AlarmHigh", "AlarmLow"];

pub struct Backlog(pub Arc<World>);

#[async_trait]
impl Resource for Backlog {
    fn name(&self) -> &str {
        BACKLOG
    }

    fn kind(&self) -> &'static str {
        "scaling policy"
    }

    fn needs(&self) -> Vec<String> {
        vec![GROUP.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        // It has no tags: it is the group's, and known by its name there.
        if key != Key::Tags {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for policy in policies::named(&self.0, &self.called()).await? {
            let alarms = self.alarms(&policy).await?;
            let id = policy.policy_arn.clone().unwrap_or_default();
            all.push(Found { id, facts: told(policy, alarms) });
        }
        Ok(all)
    }

    fn wish(&self, _known: &Known) -> Facts {
        let target = f64::from(self.0.wish.backlog_per_instance);
        facts(json!({
            "type": "TargetTrackingScaling",
            "target": target,
            "metrics": self.queries().iter().map(query).collect::<Vec<_>>(),
            "shrinks": true,
            "warmup": WARMUP,
            "enabled": true,
            "alarms": {
                ALARMS[0]: {"enabled": true, "above": target},
                ALARMS[1]: {"enabled": true},
            },
        }))
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        policies::of_policy(wrong)
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        policies::call_of_policy(call)
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        Ok(Found { id: self.put().await?, facts: self.wish(known) })
    }

    /// Put again, its alarms are made anew as well.
    async fn mend(
        &self,
        _found: &Found,
        _differences: &[Difference],
        _known: &Known,
    ) -> Result<()> {
        self.put().await.map(drop)
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        policies::delete(&self.0, &self.called(), &found.id).await
    }
}

impl Backlog {
    fn called(&self) -> String {
        self.0.names.of_group(BACKLOG)
    }

    /// What is divided by what.
    fn queries(&self) -> [TargetTrackingMetricDataQuery; 3] {
        let measured = |id: &str, namespace: &str, metric: &str, of: &str, named: &str| {
            let dimension = MetricDimension::builder().name(of).value(named).build();
            let metric = Metric::builder().namespace(namespace).metric_name(metric);
            let stat = TargetTrackingMetricStat::builder()
                .metric(metric.dimensions(dimension).build())
                .stat("Average");
            let query = TargetTrackingMetricDataQuery::builder().id(id).metric_stat(stat.build());
            query.return_data(false).build()
        };
        let (queue, group) = (&self.0.queues.input.name, &self.0.names.group);
        let visible = "ApproximateNumberOfMessagesVisible";
        [
            measured("visible", "AWS/SQS", visible, "QueueName", queue),
            measured("workers", "AWS/AutoScaling", COUNTED, "AutoScalingGroupName", group),
            TargetTrackingMetricDataQuery::builder()
                .id("backlog")
                .label("waiting jobs per worker")
                .expression(EXPRESSION)
                .return_data(true)
                .build(),
        ]
    }

    async fn put(&self) -> Result<String> {
        let metric =
            CustomizedMetricSpecification::builder().set_metrics(Some(self.queries().into()));
        let configuration = TargetTrackingConfiguration::builder()
            .customized_metric_specification(metric.build())
            .target_value(f64::from(self.0.wish.backlog_per_instance))
            .disable_scale_in(false);
        let answer = self
            .0
            .clients
            .autoscaling
            .put_scaling_policy()
            .auto_scaling_group_name(&self.0.names.group)
            .policy_name(self.called())
            .policy_type("TargetTrackingScaling")
            .target_tracking_configuration(configuration.build())
            .estimated_instance_warmup(WARMUP)
            .enabled(true)
            .send()
            .await
            .during("PutScalingPolicy")
            .explain(|| format!("cannot set the policy {} ({})", self.called(), self.0.place()))?;
        answer
            .policy_arn
            .ok_or_else(|| Error::new(Exit::Refused, "PutScalingPolicy: no ARN in the answer"))
    }

    /// The alarms of the service's own that run it.
    async fn alarms(&self, policy: &ScalingPolicy) -> Result<Value> {
        let names: Vec<_> =
            policy.alarms().iter().filter_map(|alarm| alarm.alarm_name.clone()).collect();
        let mut told = Map::new();
        if names.is_empty() {
            return Ok(Value::Object(told));
        }
        let request = self.0.clients.cloudwatch.describe_alarms().set_alarm_names(Some(names));
        let cannot = || {
            format!("cannot read the alarms of the policy {} ({})", self.called(), self.0.place())
        };
        let answer = request.send().await.during("DescribeAlarms").explain(cannot)?;
        for alarm in answer.metric_alarms.unwrap_or_default() {
            let name = alarm.alarm_name.unwrap_or_default();
            let enabled = alarm.actions_enabled;
            match ALARMS.iter().find(|kind| name.contains(&format!("-{kind}-"))) {
                Some(&kind) if kind == ALARMS[0] => {
                    told.insert(
                        kind.to_owned(),
                        json!({"enabled": enabled, "above": alarm.threshold}),
                    );
                }
                Some(&kind) => {
                    told.insert(kind.to_owned(), json!({"enabled": enabled}));
                }
                // Somebody's, which has the policy run as well.
                None => {
                    told.insert(name, json!({"enabled": enabled}));
                }
            }
        }
        told.sort_keys();
        Ok(Value::Object(told))
    }
}

fn told(policy: ScalingPolicy, alarms: Value) -> Facts {
    let tracking = policy.target_tracking_configuration.as_ref();
    let metric = tracking.and_then(|it| it.customized_metric_specification());
    let metrics = metric.map(|it| it.metrics()).unwrap_or_default();
    let shrinks = tracking.map(|it| !it.disable_scale_in().unwrap_or(false));
    facts(json!({
        "type": policy.policy_type,
        "target": tracking.and_then(|it| it.target_value()),
        "metrics": metrics.iter().map(query).collect::<Vec<_>>(),
        "shrinks": shrinks,
        "warmup": policy.estimated_instance_warmup,
        "enabled": policy.enabled.unwrap_or(true),
        "alarms": alarms,
    }))
}

/// One of the metrics as a fact.
fn query(query: &TargetTrackingMetricDataQuery) -> Value {
    let stat = query.metric_stat();
    let metric = stat.and_then(|stat| stat.metric());
    let dimensions: BTreeMap<_, _> = metric
        .map(|metric| metric.dimensions())
        .unwrap_or_default()
        .iter()
        .filter_map(|one| Some((one.name()?, one.value()?)))
        .collect();
    let named = metric.map(|metric| {
        format!(
            "{} {}",
            metric.namespace().unwrap_or_default(),
            metric.metric_name().unwrap_or_default()
        )
    });
    json!({
        "id": query.id(),
        "metric": named,
        "dimensions": dimensions,
        "statistic": stat.and_then(|stat| stat.stat()),
        "expression": query.expression(),
        "returned": query.return_data().unwrap_or(true),
    })
}
