//! Who else may use the workers' image, and whether what it is made of is still there.

use aws_sdk_ec2::types::{
    CreateVolumePermission, CreateVolumePermissionModifications, Image, ImageAttributeName,
    LaunchPermission, LaunchPermissionModifications, PermissionGroup, SnapshotAttributeName,
};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::Facts;
use serde_json::{Value, json};

use super::facts;
use crate::tagging::filter;
use crate::world::World;

/// Everybody, in lists of those who may use something.
const ALL: &str = "all";

/// What it shall be. An image names its snapshots; which, nobody plans.
pub fn wish(made_of: Value) -> Facts {
    facts(json!({"public": false, "shared": [], "snapshots": made_of, "snapshots_shared": []}))
}

/// What it is.
pub async fn seen(world: &World, image: &Image) -> Result<Facts> {
    let id = image.image_id().unwrap_or_default();
    let made_of = snapshots(image);
    let (mut may, there) = futures::join!(launchers(world, id), there(world, &made_of));
    let there = there?;
    let mut volumes = Vec::new();
    for snapshot in &there {
        volumes.extend(users_of(world, snapshot).await?);
    }
    volumes.sort();
    volumes.dedup();
    if let Ok(may) = &mut may {
        may.retain(|who| who != ALL);
        may.sort();
    }
    Ok(facts(json!({
        "public": image.public().unwrap_or(false),
        "shared": may?,
        "made_of": made_of,
        "snapshots": there,
        "snapshots_shared": volumes,
    })))
}

/// Takes it from those who shall not have it.
pub async fn withdraw(world: &World, id: &str, from: &[String]) -> Result<()> {
    let permission = |who: &String| {
        let permission = LaunchPermission::builder();
        match who.as_str() {
            ALL => permission.group(PermissionGroup::All),
            arn if arn.contains(":ou/") => permission.organizational_unit_arn(arn),
            arn if arn.starts_with("arn:") => permission.organization_arn(arn),
            account => permission.user_id(account),
        }
        .build()
    };
    let remove = Some(from.iter().map(permission).collect());
    let change = LaunchPermissionModifications::builder().set_remove(remove).build();
    let request = world.clients.ec2.modify_image_attribute().image_id(id);
    request.launch_permission(change).send().await.during("ModifyImageAttribute").map(drop)
}

/// Takes everybody's leave to make volumes of these snapshots.
pub async fn withdraw_snapshots(world: &World, ids: &[String], from: &[String]) -> Result<()> {
    let permission = |who: &String| {
        let permission = CreateVolumePermission::builder();
        match who.as_str() {
            ALL => permission.group(PermissionGroup::All),
            account => permission.user_id(account),
        }
        .build()
    };
    for id in ids {
        let remove = Some(from.iter().map(permission).collect());
        let change = CreateVolumePermissionModifications::builder().set_remove(remove).build();
        let request = world.clients.ec2.modify_snapshot_attribute().snapshot_id(id);
        let request = request.create_volume_permission(change).send();
        request.await.during("ModifySnapshotAttribute")?;
    }
    Ok(())
}

/// The snapshots that an image names.
pub fn snapshots(image: &Image) -> Vec<String> {
    let volumes = image.block_device_mappings().iter().filter_map(|mapping| mapping.ebs());
    let mut ids: Vec<_> =
        volumes.filter_map(|volume| volume.snapshot_id().map(str::to_owned)).collect();
    ids.sort();
    ids
}

async fn launchers(world: &World, id: &str) -> Result<Vec<String>> {
    let request = world.clients.ec2.describe_image_attribute().image_id(id);
    let request = request.attribute(ImageAttributeName::LaunchPermission).send();
    let answer = request
        .await
        .during("DescribeImageAttribute")
        .explain(|| format!("cannot read the launch permissions of {id} ({})", world.place()))?;
    let permissions = answer.launch_permissions.unwrap_or_default().into_iter();
    let who = permissions.filter_map(|one| {
        let group = one.group.map(|group| group.as_str().to_owned());
        group.or(one.user_id).or(one.organizational_unit_arn).or(one.organization_arn)
    });
    Ok(who.collect())
}

/// Those of the snapshots that are there.
async fn there(world: &World, ids: &[String]) -> Result<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // By a filter: of one that is not there it says nothing, which is no error.
    let mut of_ids = filter("snapshot-id", "");
    of_ids.values = Some(ids.to_vec());
    let request = world.clients.ec2.describe_snapshots().filters(of_ids);
    let mut pages = request.into_paginator().items().send();
    let mut there = Vec::new();
    while let Some(snapshot) = pages.next().await {
        let snapshot = snapshot.during("DescribeSnapshots").explain(|| {
            let place = world.place();
            format!("cannot read the snapshots of {} ({place})", world.names.image)
        })?;
        there.extend(snapshot.snapshot_id);
    }
    there.sort();
    Ok(there)
}

async fn users_of(world: &World, snapshot: &str) -> Result<Vec<String>> {
    let request = world.clients.ec2.describe_snapshot_attribute().snapshot_id(snapshot);
    let request = request.attribute(SnapshotAttributeName::CreateVolumePermission).send();
    let answer = match request.await.during("DescribeSnapshotAttribute") {
        // It was deleted this moment.
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        answer => {
            answer.explain(|| format!("cannot read who may use {snapshot} ({})", world.place()))?
        }
    };
    let permissions = answer.create_volume_permissions.unwrap_or_default().into_iter();
    let who = permissions
        .filter_map(|one| one.group.map(|group| group.as_str().to_owned()).or(one.user_id));
    Ok(who.collect())
}
