//! The fleet of a GameDay in the record: the workers and what starts and ends them.

use std::collections::BTreeMap;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;
use crate::reconcile::Seals;

/// Who works on the jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fleet {
    /// The role of the instances.
    pub role: String,
    /// What gives it to them.
    pub instance_profile: String,
    /// Their security group.
    pub security_group: String,
    /// The image that they start from.
    pub image: String,
    /// How they are started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_template: Option<LaunchTemplate>,
    /// How they were started in 2014.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launch_configuration: Option<String>,
    /// Their Auto Scaling group.
    pub group: String,
    /// The scaling policies: name and ARN.
    pub policies: BTreeMap<String, String>,
    /// The alarms that run them: name and ARN. Those of target tracking are AWS's own.
    pub alarms: BTreeMap<String, String>,
    /// What was asked for.
    pub wish: FleetWish,
    /// Everything as it was when it was built.
    pub resources: Seals,
}

impl Member for Fleet {
    const NAME: &'static str = "fleet";
    const MADE_BY: &'static str = "`gd-fleet up`";
}

/// A launch template in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LaunchTemplate {
    /// `lt-…`
    pub id: String,
    /// The number of its default version.
    pub version: String,
}

/// What a fleet shall be, as far as a person chooses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FleetWish {
    /// SHA-256 of the worker's binary.
    pub worker: String,
    /// The public image that the workers' image is made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<FleetSource>,
    /// Environment of the worker beside its queues and bucket.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// Type of the instances.
    pub instance_type: String,
    /// Fewest workers.
    pub min: u32,
    /// Most workers.
    pub max: u32,
    /// By what the group grows and shrinks.
    #[serde(default)]
    pub scaling: Scaling,
    /// How many waiting jobs a worker shall have, where that is what the group follows.
    #[serde(default = "backlog_per_instance")]
    pub backlog_per_instance: u32,
    /// Whether it is built as the instructions of 2014 have it.
    #[serde(default)]
    pub classic: bool,
}

/// A public image, and by what it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FleetSource {
    /// `ami-…`
    pub id: String,
    /// The pattern of names of which it was the newest.
    pub name: String,
    /// The account that owns it.
    pub owner: String,
}

/// By what a group grows and shrinks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Scaling {
    /// A worker more while many jobs wait, a worker less while none do
    #[default]
    Step,
    /// As many workers as the waiting jobs take
    Backlog,
}

fn backlog_per_instance() -> u32 {
    BACKLOG_PER_INSTANCE
}

/// As many as the steps let wait before they take a worker more. It is the time a job may wait
/// by the time it takes (Auto Scaling User Guide, "Scaling policy based on Amazon SQS"): a
/// minute, at six seconds a job.
pub const BACKLOG_PER_INSTANCE: u32 = 10;
