//! The parts of a fleet, a module each.

mod access;
mod alarm;
mod backlog;
mod beside;
mod caller;
mod configuration;
mod credentials;
mod expulsion;
mod group;
mod hook;
mod image;
mod instances;
mod launch;
mod leftovers;
mod master;
mod members;
mod policies;
mod principals;
mod profile;
mod quarantine;
mod reach;
mod refresh;
mod role;
mod rules;
mod security;
mod settings;
mod sharing;
mod snapshots;
mod strangers;
mod template;
mod worker;

pub use group::described as group_as_it_is;
pub use image::is_there;

use std::sync::Arc;

use lib_common::reconcile::{Facts, Graph, Resource};
use lib_common::record::Scaling;
use serde_json::Value;

use crate::world::World;

pub const ROLE: &str = "role";
pub const PROFILE: &str = "instance-profile";
pub const SECURITY: &str = "workers-security-group";
pub const WORKER: &str = "worker";
pub const MASTER: &str = "master";
pub const IMAGE: &str = "worker-image";
pub const SNAPSHOTS: &str = "image-snapshots";
pub const TEMPLATE: &str = "launch-template";
pub const CONFIGURATION: &str = "launch-configuration";
pub const GROUP: &str = "worker-group";
pub const DRAIN: &str = "drain-hook";
pub const BACKLOG: &str = "backlog";
pub const ACCESS: &str = "access";

/// Whether what an image is made with is there as well: the binary in the bucket, and the
/// first instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaffold {
    /// The image is there, or nobody makes it now.
    Without,
    /// It has to be made.
    With,
    /// Whatever there is has to go, whichever worker it was made for.
    Remains,
}

/// All parts and what stands on what.
pub fn graph(world: &Arc<World>, scaffold: Scaffold) -> Graph {
    let mut parts: Vec<Arc<dyn Resource>> = vec![
        Arc::new(role::Role(world.clone())),
        Arc::new(profile::Profile(world.clone())),
        Arc::new(security::SecurityGroup(world.clone())),
    ];
    if scaffold != Scaffold::Without {
        parts.push(Arc::new(worker::Worker(world.clone())));
        parts.push(Arc::new(master::Master { world: world.clone(), scaffold }));
    }
    if scaffold == Scaffold::Remains {
        parts.push(Arc::new(snapshots::Snapshots(world.clone())));
    }
    parts.push(Arc::new(image::Image { world: world.clone(), scaffold }));
    parts.push(Arc::new(group::Group::new(world.clone())));
    let mut unwanted: Vec<Arc<dyn Resource>> = Vec::new();
    let today: Vec<Arc<dyn Resource>> =
        vec![Arc::new(template::Template::new(world.clone())), Arc::new(hook::Hook(world.clone()))];
    let classic: Vec<Arc<dyn Resource>> =
        vec![Arc::new(configuration::Configuration(world.clone()))];
    match world.wish.classic {
        false => (parts.extend(today), unwanted.extend(classic)),
        true => (parts.extend(classic), unwanted.extend(today)),
    };
    let mut steps: Vec<Arc<dyn Resource>> = Vec::new();
    for step in policies::STEPS {
        steps.push(Arc::new(policies::Policy { world: world.clone(), step }));
    }
    for step in policies::STEPS {
        steps.push(Arc::new(alarm::Alarm { world: world.clone(), step }));
    }
    let backlog: Vec<Arc<dyn Resource>> = vec![Arc::new(backlog::Backlog(world.clone()))];
    match world.wish.scaling {
        Scaling::Step => (parts.extend(steps), unwanted.extend(backlog)),
        Scaling::Backlog => (parts.extend(backlog), unwanted.extend(steps)),
    };
    // It is the account's, and stays.
    if scaffold != Scaffold::Remains {
        parts.push(Arc::new(access::Access(world.clone())));
    }
    Graph::with_unwanted(parts, unwanted)
}

/// The members of an object, which a wish or a finding is written as.
fn facts(value: Value) -> Facts {
    match value {
        Value::Object(members) => members,
        _ => unreachable!("facts are written as an object"),
    }
}

/// The names of the policies in the architecture.
pub fn policy_names(scaling: Scaling) -> Vec<&'static str> {
    match scaling {
        Scaling::Step => policies::STEPS.iter().map(|step| step.policy).collect(),
        Scaling::Backlog => vec![BACKLOG],
    }
}

/// The names of the alarms in the architecture.
pub fn alarm_names(scaling: Scaling) -> Vec<&'static str> {
    match scaling {
        Scaling::Step => policies::STEPS.iter().map(|step| step.alarm).collect(),
        Scaling::Backlog => Vec::new(),
    }
}
