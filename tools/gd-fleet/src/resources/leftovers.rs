//! What is still there of the making of images: each is a difference of the image.

use aws_sdk_ec2::types::Image;
use lib_common::Result;
use lib_common::aws::{During, Explain};

use super::{master, sharing, snapshots};
use crate::user_data::PREFIX;
use crate::world::World;

/// What was needed to make an image, and is still there: first instances, and objects; and
/// the snapshots of one that is gone.
pub async fn seen(world: &World, image: &Image) -> Result<Vec<String>> {
    let masters = master::instances(world).await?.into_iter();
    let mut left: Vec<_> = masters.filter_map(|instance| instance.instance_id).collect();
    let bucket = &world.recipe.bucket;
    let request = world.clients.s3.list_objects_v2().bucket(bucket).prefix(PREFIX);
    let mut pages = request.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = match page.during("ListObjectsV2") {
            // The bucket is another tool's, and so is the finding.
            Err(error) if error.is_not_found() => break,
            page => page.explain(|| format!("cannot list s3://{bucket}/{PREFIX}"))?,
        };
        let objects = page.contents.unwrap_or_default().into_iter();
        left.extend(objects.filter_map(|object| object.key));
    }
    left.extend(snapshots::left(world, &sharing::snapshots(image)).await?);
    left.sort();
    Ok(left)
}

/// The leading call that deletes them.
pub fn call(left: &[String]) -> &'static str {
    match left.iter().all(|it| it.starts_with("snap-")) {
        true => "ec2:DeleteSnapshot",
        false => "ec2:TerminateInstances",
    }
}

/// Deletes these.
pub async fn strike(world: &World, left: &[String]) -> Result<()> {
    let left = left.iter().map(String::as_str);
    let (instances, left): (Vec<&str>, Vec<&str>) = left.partition(|it| it.starts_with("i-"));
    let (gone, keys): (Vec<&str>, Vec<&str>) =
        left.into_iter().partition(|it| it.starts_with("snap-"));
    for snapshot in gone {
        snapshots::delete(world, snapshot).await?;
    }
    if !instances.is_empty() {
        master::terminate(world, &instances).await?;
    }
    let bucket = &world.recipe.bucket;
    for key in keys {
        let request = world.clients.s3.delete_object().bucket(bucket).key(key);
        let cannot = || format!("cannot delete s3://{bucket}/{key}");
        request.send().await.during("DeleteObject").explain(cannot)?;
    }
    Ok(())
}
