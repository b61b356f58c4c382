//! One moment of a GameDay: what `watch` shows and records, and `plot` draws.

use aws_sdk_autoscaling::Client as AutoScaling;
use aws_sdk_autoscaling::types::LifecycleState;
use jiff::Timestamp;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::depth::Depth;

/// The line that `watch` prints and records of a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// When (RFC 3339, UTC).
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// The queue of jobs.
    pub input: Depth,
    /// The queue of results.
    pub output: Depth,
    /// The queue of dead letters.
    pub dead_letter: Depth,
    /// The age of the oldest job, where CloudWatch tells it.
    pub oldest_seconds: Option<u64>,
    /// The workers, where there is a group of them.
    pub instances: Option<Instances>,
}

/// The instances of the Auto Scaling group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instances {
    /// How many there should be.
    pub desired: u64,
    /// How many are at work.
    pub in_service: u64,
    /// How many are on their way.
    pub pending: u64,
    /// How many are going.
    pub terminating: u64,
}

impl Instances {
    /// Asks for a group; none where there is no such group.
    pub async fn of(autoscaling: &AutoScaling, group: &str) -> Result<Option<Self>> {
        let answer = autoscaling
            .describe_auto_scaling_groups()
            .auto_scaling_group_names(group)
            .send()
            .await
            .during("DescribeAutoScalingGroups")
            .explain(|| format!("cannot count the instances of {group}"))?;
        let Some(group) = answer.auto_scaling_groups().first() else {
            return Ok(None);
        };
        let mut counts = Self {
            desired: group.desired_capacity().and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            ..Self::default()
        };
        for instance in group.instances() {
            match instance.lifecycle_state() {
                Some(LifecycleState::InService) => counts.in_service += 1,
                Some(
                    LifecycleState::Pending
                    | LifecycleState::PendingWait
                    | LifecycleState::PendingProceed,
                ) => counts.pending += 1,
                Some(
                    LifecycleState::Terminating
                    | LifecycleState::TerminatingWait
                    | LifecycleState::TerminatingProceed,
                ) => counts.terminating += 1,
                _ => {}
            }
        }
        Ok(Some(counts))
    }
}

impl Sample {
    /// The jobs that are not done.
    pub fn backlog(&self) -> u64 {
        self.input.total()
    }
}

/// By how many jobs a minute the backlog has changed over the last `seconds`: what was sent,
/// less what was done. None before there is enough to tell.
pub fn change(samples: &[Sample], seconds: f64) -> Option<f64> {
    let last = samples.last()?;
    let age = |sample: &Sample| last.time.duration_since(sample.time).as_secs_f64();
    let first = samples.iter().find(|sample| age(sample) <= seconds)?;
    let minutes = age(first) / 60.0;
    // Two looks at one moment tell nothing of a rate.
    (minutes * 60.0 >= seconds / 4.0)
        .then(|| (last.backlog() as f64 - first.backlog() as f64) / minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(second: i64, waiting: u64) -> Sample {
        Sample {
            time: Timestamp::from_second(second).expect("valid"),
            input: Depth { waiting, ..Depth::default() },
            output: Depth::default(),
            dead_letter: Depth::default(),
            oldest_seconds: None,
            instances: None,
        }
    }

    #[test]
    fn the_rate_is_that_of_the_last_while() {
        let samples: Vec<_> = (0..40).map(|n| sample(2 * n, 100 - n as u64)).collect();
        // One job in two seconds.
        assert_eq!(change(&samples, 30.0), Some(-30.0));
        let grows = [sample(0, 0), sample(30, 20)];
        assert_eq!(change(&grows, 30.0), Some(40.0));
    }

    #[test]
    fn too_short_a_while_tells_nothing() {
        assert_eq!(change(&[], 30.0), None);
        assert_eq!(change(&[sample(0, 9), sample(2, 1)], 30.0), None);
    }
}
