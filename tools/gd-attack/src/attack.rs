//! What an attack is: texts, what it must be found as, its target and its deed.

use clap::ValueEnum;
use futures::future::BoxFuture;
use lib_common::Result;
use schemars::JsonSchema;
use serde::Serialize;

use crate::hand::Hand;

/// A part of the architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    /// VPC, subnets, routes, gateways, ACLs, groups
    Network,
    /// The instance that is the way in and out
    Instances,
    /// Image, launch template, key pair
    Launch,
    /// The Auto Scaling group and what hangs on it
    Scaling,
    /// Role, profile, users
    Iam,
    /// Queues
    Queues,
    /// The bucket
    Bucket,
    /// Alarms
    Alarms,
    /// Tags
    Tags,
}

/// How hard it is to see and to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Difficulty {
    /// Something is gone or off, and work stops
    Easy,
    /// Something is set otherwise, and shows under load
    Medium,
    /// It works, and lets the attacker back in or bites later
    Hard,
}

/// How `verify` tells something, as in `lib_common::reconcile::Kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is not there.
    Missing,
    /// It is there, and different.
    Changed,
    /// It is there, and nobody built it.
    Extra,
}

/// The finding that an attack must give.
#[derive(Clone, Copy, Debug)]
pub struct Finding {
    /// Whose `verify` finds it.
    pub tool: &'static str,
    pub kind: Kind,
    pub resource: &'static str,
    pub attribute: Option<&'static str>,
}

/// That this resource is missing.
pub const fn missing(tool: &'static str, resource: &'static str) -> Finding {
    Finding { tool, kind: Kind::Missing, resource, attribute: None }
}

/// That this attribute is changed.
pub const fn changed(
    tool: &'static str,
    resource: &'static str,
    attribute: &'static str,
) -> Finding {
    Finding { tool, kind: Kind::Changed, resource, attribute: Some(attribute) }
}

/// That something of this list of the resource is missing.
pub const fn missing_of(
    tool: &'static str,
    resource: &'static str,
    attribute: &'static str,
) -> Finding {
    Finding { tool, kind: Kind::Missing, resource, attribute: Some(attribute) }
}

/// That something in this list of the resource is of nobody's.
pub const fn extra_in(
    tool: &'static str,
    resource: &'static str,
    attribute: &'static str,
) -> Finding {
    Finding { tool, kind: Kind::Extra, resource, attribute: Some(attribute) }
}

/// That there is something beside this resource that nobody built.
pub const fn extra(tool: &'static str, resource: &'static str) -> Finding {
    Finding { tool, kind: Kind::Extra, resource, attribute: None }
}

pub const VPC: &str = "gd-vpc";
pub const QUEUE: &str = "gd-queue";
pub const FLEET: &str = "gd-fleet";

/// What an attack is on: a resource that bears tags, by its name in the architecture. What
/// bears none is attacked through what it is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Something of EC2.
    Ec2(&'static str),
    /// A queue.
    Queue(&'static str),
    /// The bucket.
    Bucket,
    /// The workers' role.
    Role,
    /// The workers' instance profile.
    Profile,
    /// The workers' group.
    Group,
    /// An alarm.
    Alarm(&'static str),
}

impl Target {
    /// Its name in the architecture.
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Ec2(name) | Self::Queue(name) | Self::Alarm(name) => name,
            Self::Bucket => "bucket",
            Self::Role => "role",
            Self::Profile => "instance-profile",
            Self::Group => "worker-group",
        }
    }
}

/// The calls of an attack.
pub type Deed = fn(Hand) -> BoxFuture<'static, Result<()>>;

/// One attack.
#[derive(Clone, Copy)]
pub struct Attack {
    pub name: &'static str,
    pub difficulty: Difficulty,
    /// What it does, as "deletes …".
    pub does: &'static str,
    /// What people see of it before they look.
    pub symptom: &'static str,
    pub finding: Finding,
    /// The call that mends it, as the finding names it.
    pub mend: &'static str,
    pub target: Target,
    pub deed: Deed,
}
