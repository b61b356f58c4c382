//! The workers as EC2 knows them: whether each still is what it was started as.

use std::collections::BTreeMap;

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    Filter, HttpTokensState, Instance, InstanceMetadataEndpointState, InstanceStateName,
};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::Found;
use lib_common::{Exit, Result};
use serde_json::{Map, Value, json};

use super::{GROUP, facts, group, profile};
use crate::tagging::{self, filter};
use crate::world::World;

/// How many values a filter takes (EC2 User Guide, "List and filter using the CLI and API").
const OF_A_FILTER: usize = 200;

/// Whose the credentials are of an instance that was started by the profile or role before.
const GONE: &str = "of a role or profile that is gone";

/// The members of a launch that can be changed while an instance runs.
const IN_PLACE: [&str; 2] = ["groups", "metadata"];

/// These instances that are otherwise than they were started, and in what: an object of the
/// differing members of `started` each, by id.
pub async fn tampered(world: &World, ids: &[String], started: &Value) -> Result<Value> {
    let mut tampered = BTreeMap::new();
    if ids.is_empty() {
        return Ok(json!(tampered));
    }
    let given = match profile::given(world).await {
        // That the profile cannot be read is told of the profile.
        Err(error) if error.exit() == Exit::Permission => None,
        given => Some(given?),
    };
    for some in ids.chunks(OF_A_FILTER) {
        for instance in named(world, some).await? {
            let mut differs = differing(&instance, started);
            if given.is_some_and(|given| !holds(&instance, given)) {
                differs.insert("credentials".to_owned(), json!(GONE));
            }
            if let (false, Some(id)) = (differs.is_empty(), instance.instance_id) {
                tampered.insert(id, differs);
            }
        }
    }
    Ok(json!(tampered))
}

/// Ends those of these instances that hold credentials of a role or profile that is gone.
pub async fn end_bereaved(world: &World, ids: &[String]) -> Result<()> {
    // Where the new one is not told of yet, the next sweep sees to it.
    let Some(given) = profile::given(world).await? else {
        return Ok(());
    };
    for some in ids.chunks(OF_A_FILTER) {
        for instance in named(world, some).await? {
            if let (false, Some(id)) = (holds(&instance, Some(given)), &instance.instance_id) {
                end(world, id).await?;
            }
        }
    }
    Ok(())
}

/// The instances of these ids, of which a filter takes so many.
async fn named(world: &World, ids: &[String]) -> Result<Vec<Instance>> {
    let mut of_ids = filter("instance-id", "");
    of_ids.values = Some(ids.to_vec());
    described(world, vec![of_ids], &world.names.group).await
}

/// Whether its credentials are those of the role and the profile that are there: by their names
/// it cannot be told, and what they gave ended with them. Services give moments by the second.
fn holds(instance: &Instance, given: Option<DateTime>) -> bool {
    let launched = instance.launch_time().map(DateTime::secs);
    given.is_some_and(|given| launched.is_none_or(|launched| launched >= given.secs()))
}

/// Makes them what they were started as: in place where that can be, else by others.
pub async fn restore(world: &World, tampered: &Value, started: &Value) -> Result<()> {
    for (id, differs) in tampered.as_object().into_iter().flatten() {
        let differs: Vec<_> = differs.as_object().into_iter().flatten().map(|(it, _)| it).collect();
        if !differs.iter().all(|member| IN_PLACE.contains(&member.as_str())) {
            end(world, id).await?;
            continue;
        }
        for member in differs {
            match member.as_str() {
                "groups" => regroup(world, id, &started["groups"]).await?,
                _ => set_metadata(world, id, &started["metadata"]).await?,
            }
        }
    }
    Ok(())
}

/// The call that restores them.
pub fn call(tampered: &Value) -> &'static str {
    let all = tampered.as_object().into_iter().flatten();
    let members: Vec<_> = all
        .flat_map(|(_, differs)| differs.as_object().into_iter().flatten())
        .map(|(member, _)| member.as_str())
        .collect();
    match &members[..] {
        members if members.iter().any(|member| !IN_PLACE.contains(member)) => {
            "autoscaling:TerminateInstanceInAutoScalingGroup"
        }
        members if members.contains(&"groups") => "ec2:ModifyInstanceAttribute",
        _ => "ec2:ModifyInstanceMetadataOptions",
    }
}

/// Workers of the team that run outside their group: nobody sends them away, and nobody
/// replaces them.
pub async fn detached(world: &World) -> Result<Vec<Found>> {
    let ours = tagging::filters(&world.team, GROUP);
    let of_group = &world.names.group;
    let outside = outside(world, described(world, ours.clone(), of_group).await?).await?;
    if outside.is_empty() {
        return Ok(Vec::new());
    }
    // One that ended meanwhile has left the group as it should.
    let still: Vec<_> = described(world, ours, of_group).await?;
    let still = still.iter().filter_map(Instance::instance_id);
    let still: Vec<_> = still.filter(|id| outside.iter().any(|one| one == id)).collect();
    let stranger =
        |id: &str| Found { id: id.to_owned(), facts: facts(json!({"outside": world.names.group})) };
    Ok(still.into_iter().map(stranger).collect())
}

/// Those that run and are not in the group.
async fn outside(world: &World, instances: Vec<Instance>) -> Result<Vec<String>> {
    // One that only starts may not be told of by the group yet.
    let runs = |instance: &Instance| {
        instance.state().and_then(|state| state.name()) != Some(&InstanceStateName::Pending)
    };
    let running = instances.into_iter().filter(runs).filter_map(|instance| instance.instance_id);
    let running: Vec<_> = running.collect();
    if running.is_empty() {
        return Ok(running);
    }
    let group = group::described(world).await?;
    let members = group.and_then(|group| group.instances).unwrap_or_default();
    let is_in = |id: &String| members.iter().any(|one| one.instance_id() == Some(id));
    Ok(running.into_iter().filter(|id| !is_in(id)).collect())
}

/// Instances that are not on their way out; `whose` they are is for the error.
pub(super) async fn described(
    world: &World,
    mut filters: Vec<Filter>,
    whose: &str,
) -> Result<Vec<Instance>> {
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let mut of_state = filter("instance-state-name", "");
    of_state.values = Some(states.into());
    filters.push(of_state);
    let request = world.clients.ec2.describe_instances().set_filters(Some(filters));
    let mut pages = request.into_paginator().items().send();
    let mut all = Vec::new();
    while let Some(reservation) = pages.next().await {
        let reservation = reservation
            .during("DescribeInstances")
            .explain(|| format!("cannot read the instances of {whose} ({})", world.place()))?;
        all.extend(reservation.instances.unwrap_or_default());
    }
    Ok(all)
}

/// The members of `started` in which an instance is otherwise, as they are.
fn differing(instance: &Instance, started: &Value) -> Map<String, Value> {
    let mut groups: Vec<_> =
        instance.security_groups().iter().filter_map(|group| group.group_id()).collect();
    groups.sort_unstable();
    let metadata = instance.metadata_options();
    // The ARN ends with the name, by which it is started.
    let profile = instance.iam_instance_profile().and_then(|profile| profile.arn());
    let told = facts(json!({
        "image": instance.image_id(),
        "type": instance.instance_type().map(|kind| kind.as_str()),
        "profile": profile.map(|arn| arn.rsplit('/').next().unwrap_or(arn)),
        "groups": groups,
        "key": instance.key_name(),
        "metadata": {
            "endpoint": metadata.and_then(|it| it.http_endpoint()).map(|state| state.as_str()),
            "tokens": metadata.and_then(|it| it.http_tokens()).map(|state| state.as_str()),
            "hops": metadata.and_then(|it| it.http_put_response_hop_limit()),
        },
    }));
    told.into_iter().filter(|(member, value)| started[member] != *value).collect()
}

async fn regroup(world: &World, id: &str, groups: &Value) -> Result<()> {
    let groups = groups.as_array().into_iter().flatten().filter_map(Value::as_str);
    let request = world.clients.ec2.modify_instance_attribute().instance_id(id);
    request
        .set_groups(Some(groups.map(str::to_owned).collect()))
        .send()
        .await
        .during("ModifyInstanceAttribute")
        .explain(|| format!("cannot set the security groups of {id} ({})", world.place()))
        .map(drop)
}

async fn set_metadata(world: &World, id: &str, metadata: &Value) -> Result<()> {
    let text = |member: &str| metadata[member].as_str();
    let hops = metadata["hops"].as_i64().and_then(|hops| i32::try_from(hops).ok());
    let request = world.clients.ec2.modify_instance_metadata_options().instance_id(id);
    request
        .set_http_endpoint(text("endpoint").map(InstanceMetadataEndpointState::from))
        .set_http_tokens(text("tokens").map(HttpTokensState::from))
        .set_http_put_response_hop_limit(hops)
        .send()
        .await
        .during("ModifyInstanceMetadataOptions")
        .explain(|| format!("cannot set the metadata options of {id} ({})", world.place()))
        .map(drop)
}

/// Ends an instance of the group; another one takes its place.
async fn end(world: &World, id: &str) -> Result<()> {
    let request = world.clients.autoscaling.terminate_instance_in_auto_scaling_group();
    request
        .instance_id(id)
        .should_decrement_desired_capacity(false)
        .send()
        .await
        .during("TerminateInstanceInAutoScalingGroup")
        .explain(|| format!("cannot replace {id} ({})", world.place()))
        .map(drop)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{GroupIdentifier, IamInstanceProfile};

    use super::*;

    #[test]
    fn credentials_end_with_the_role_that_gave_them() {
        let at = |secs| DateTime::from_secs_and_nanos(secs, 500_000_000);
        let worker = Instance::builder().launch_time(at(60)).build();
        assert!(holds(&worker, Some(at(59))));
        assert!(holds(&worker, Some(at(60))));
        assert!(!holds(&worker, Some(at(61))));
        assert!(!holds(&worker, None), "there is no role that could give any");
    }

    #[test]
    fn only_what_differs_is_told_of_an_instance() {
        let group = |id: &str| GroupIdentifier::builder().group_id(id).build();
        let profile = "arn:aws:iam::123456789012:instance-profile/Batch";
        let instance = Instance::builder()
            .image_id("ami-1")
            .key_name("key")
            .iam_instance_profile(IamInstanceProfile::builder().arn(profile).build())
            .security_groups(group("sg-2"))
            .security_groups(group("sg-1"))
            .build();
        let metadata = json!({"endpoint": null, "tokens": null, "hops": null});
        let mut started = json!({
            "image": "ami-1", "type": null, "profile": "Batch", "key": "key",
            "groups": ["sg-1", "sg-2"], "metadata": metadata, "volumes": [],
        });
        assert!(differing(&instance, &started).is_empty());
        started["groups"] = json!(["sg-1"]);
        assert_eq!(differing(&instance, &started), facts(json!({"groups": ["sg-1", "sg-2"]})));
    }
}
