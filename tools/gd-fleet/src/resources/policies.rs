//! The steps by which the group grows and shrinks, and when they are taken.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_autoscaling::types::ScalingPolicy;
use aws_sdk_cloudwatch::types::ComparisonOperator;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::json;

use super::hook::is_of_no_group;
use super::{GROUP, facts};
use crate::world::World;

/// Seconds after a step in which no other is taken: a new worker boots and takes jobs.
const COOLDOWN: i32 = 60;

/// One step: by how many instances, and the alarm that takes it.
#[derive(Debug)]
pub struct Step {
    /// The policy's name in the architecture and, behind the group's name, in the services.
    pub policy: &'static str,
    /// The alarm's name in the architecture.
    pub alarm: &'static str,
    pub instances: i32,
    pub comparison: ComparisonOperator,
    pub messages: f64,
    /// For how many minutes it must be so.
    pub minutes: i32,
    /// What a queue is taken for that nothing is known of: SQS tells nothing of one that
    /// was not used for six hours (SQS Developer Guide, "CloudWatch metrics").
    pub missing: &'static str,
}

/// Up after one minute with more than ten jobs waiting; down after three without any.
pub const STEPS: [&Step; 2] = [
    &Step {
        policy: "scale-out",
        alarm: "many-jobs",
        instances: 1,
        comparison: ComparisonOperator::GreaterThanThreshold,
        messages: 10.0,
        minutes: 1,
        missing: "notBreaching",
    },
    &Step {
        policy: "scale-in",
        alarm: "no-jobs",
        instances: -1,
        comparison: ComparisonOperator::LessThanThreshold,
        messages: 1.0,
        minutes: 3,
        missing: "breaching",
    },
];

pub struct Policy {
    pub world: Arc<World>,
    pub step: &'static Step,
}

#[async_trait]
impl Resource for Policy {
    fn name(&self) -> &str {
        self.step.policy
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
        let policies = named(&self.world, &self.called()).await?;
        let found = policies.into_iter().map(|policy| {
            let told = json!({
                "type": policy.policy_type,
                "adjustment": policy.adjustment_type,
                "instances": policy.scaling_adjustment,
                "cooldown": policy.cooldown,
                "enabled": policy.enabled.unwrap_or(true),
                "magnitude": policy.min_adjustment_magnitude.or(policy.min_adjustment_step),
            });
            Found { id: policy.policy_arn.unwrap_or_default(), facts: facts(told) }
        });
        Ok(found.collect())
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({
            "type": "SimpleScaling",
            "adjustment": "ChangeInCapacity",
            "instances": self.step.instances,
            "cooldown": COOLDOWN,
            "enabled": true,
            "magnitude": null,
        }))
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        of_policy(wrong)
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        call_of_policy(call)
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        Ok(Found { id: self.put().await?, facts: self.wish(known) })
    }

    async fn mend(
        &self,
        _found: &Found,
        _differences: &[Difference],
        _known: &Known,
    ) -> Result<()> {
        self.put().await.map(drop)
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        delete(&self.world, &self.called(), &found.id).await
    }
}

impl Policy {
    fn called(&self) -> String {
        self.world.names.of_group(self.step.policy)
    }

    async fn put(&self) -> Result<String> {
        let answer = self
            .world
            .clients
            .autoscaling
            .put_scaling_policy()
            .auto_scaling_group_name(&self.world.names.group)
            .policy_name(self.called())
            .policy_type("SimpleScaling")
            .adjustment_type("ChangeInCapacity")
            .scaling_adjustment(self.step.instances)
            .cooldown(COOLDOWN)
            .enabled(true)
            .send()
            .await
            .during("PutScalingPolicy")
            .explain(|| {
                format!("cannot set the policy {} ({})", self.called(), self.world.place())
            })?;
        answer
            .policy_arn
            .ok_or_else(|| Error::new(Exit::Refused, "PutScalingPolicy: no ARN in the answer"))
    }
}

/// Without it, the workers that there are go on working.
pub fn of_policy(wrong: &Wrong<'_>) -> Severity {
    match wrong {
        Wrong::Missing => Severity::High,
        wrong => wrong.usual_severity(),
    }
}

pub fn call_of_policy(call: &Call<'_>) -> Option<&'static str> {
    match call {
        Call::Create | Call::Mend(_) => Some("autoscaling:PutScalingPolicy"),
        Call::Delete => Some("autoscaling:DeletePolicy"),
        Call::Remove(_) => None,
    }
}

/// The group's policy of this name.
pub async fn named(world: &World, name: &str) -> Result<Vec<ScalingPolicy>> {
    let group = &world.names.group;
    let request = world.clients.autoscaling.describe_policies();
    let request = request.auto_scaling_group_name(group).policy_names(name);
    match request.send().await.during("DescribePolicies") {
        Ok(answer) => Ok(answer.scaling_policies.unwrap_or_default()),
        Err(error) if is_of_no_group(&error) => Ok(Vec::new()),
        Err(error) => {
            let place = world.place();
            Err(error.context(format!("cannot read the policies of {group} ({place})")))
        }
    }
}

/// Deletes the policy, and the alarms that the service made of it.
pub async fn delete(world: &World, name: &str, arn: &str) -> Result<()> {
    let request = world.clients.autoscaling.delete_policy().policy_name(arn);
    let cannot = || format!("cannot delete the policy {name} ({})", world.place());
    request.send().await.during("DeletePolicy").explain(cannot).map(drop)
}
