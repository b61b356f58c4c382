//! The record's member `fleet`, from what was built.

use std::collections::BTreeMap;

use lib_common::reconcile::Seals;
use lib_common::record::{Fleet, LaunchTemplate};

use crate::resources::{self, CONFIGURATION, IMAGE, SECURITY, TEMPLATE};
use crate::world::World;

/// The member. What an image was made with has gone again, and is not sealed.
pub fn member(world: &World, seals: Seals) -> Fleet {
    let passing = [resources::WORKER, resources::MASTER];
    let lasting = seals.0.into_iter().filter(|sealed| !passing.contains(&sealed.name.as_str()));
    let resources = Seals(lasting.collect());
    let id = |name: &str| resources.get(name).map(|sealed| sealed.id.clone()).unwrap_or_default();
    let version = resources.get(TEMPLATE).and_then(|sealed| sealed.facts["version"].as_str());
    let named = |names: Vec<&'static str>| -> BTreeMap<_, _> {
        names.into_iter().map(|name| (world.names.of_group(name), id(name))).collect()
    };
    Fleet {
        role: world.names.role.clone(),
        instance_profile: world.names.profile.clone(),
        security_group: id(SECURITY),
        image: id(IMAGE),
        launch_template: version
            .map(|version| LaunchTemplate { id: id(TEMPLATE), version: version.to_owned() }),
        launch_configuration: resources.get(CONFIGURATION).map(|sealed| sealed.id.clone()),
        group: world.names.group.clone(),
        policies: named(resources::policy_names(world.wish.scaling)),
        alarms: named(resources::alarm_names(world.wish.scaling)),
        wish: world.wish.clone(),
        resources: resources.clone(),
    }
}
