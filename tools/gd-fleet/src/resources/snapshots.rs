//! What an image was made of that somebody deregistered: its snapshots stay, and cost money.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Difference, Facts, Found, Key, Known, Resource};
use lib_common::{Error, Exit, Result};

use super::{IMAGE, SNAPSHOTS, sharing};
use crate::tagging::{self, filter};
use crate::world::World;

/// The snapshots of images that are gone, for whoever removes the fleet. While it stands they
/// are a fact of its image.
pub struct Snapshots(pub Arc<World>);

#[async_trait]
impl Resource for Snapshots {
    fn name(&self) -> &str {
        SNAPSHOTS
    }

    fn kind(&self) -> &'static str {
        "snapshot"
    }

    fn passes(&self) -> bool {
        true
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        match key {
            Key::Tags => {
                let left = left(&self.0, &[]).await?.into_iter();
                Ok(left.map(|id| Found { id, facts: Facts::new() }).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn wish(&self, _known: &Known) -> Facts {
        Facts::new()
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        Err(Error::new(Exit::Failed, "nobody makes snapshots of images that are gone"))
    }

    async fn mend(
        &self,
        _found: &Found,
        _differences: &[Difference],
        _known: &Known,
    ) -> Result<()> {
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        delete(&self.0, &found.id).await
    }
}

/// Snapshots of the team's images that no image names any more, beside those that are known to
/// be `used`.
pub async fn left(world: &World, used: &[String]) -> Result<Vec<String>> {
    let mut filters = tagging::filters(&world.team, IMAGE);
    // One that is being made is of an image that does not name it yet.
    filters.push(filter("status", "completed"));
    let request = world.clients.ec2.describe_snapshots().owner_ids("self");
    let mut pages = request.set_filters(Some(filters)).into_paginator().items().send();
    let mut left = BTreeSet::new();
    while let Some(snapshot) = pages.next().await {
        let snapshot = snapshot.during("DescribeSnapshots").explain(|| cannot(world))?;
        left.extend(snapshot.snapshot_id.filter(|id| !used.contains(id)));
    }
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let request = world.clients.ec2.describe_images().owners("self").include_disabled(true);
    let mut pages = request.into_paginator().items().send();
    while let Some(image) = pages.next().await {
        let image = image.during("DescribeImages").explain(|| cannot(world))?;
        for named in sharing::snapshots(&image) {
            left.remove(&named);
        }
    }
    Ok(left.into_iter().collect())
}

/// Deletes one of them.
pub async fn delete(world: &World, id: &str) -> Result<()> {
    let request = world.clients.ec2.delete_snapshot().snapshot_id(id);
    match request.send().await.during("DeleteSnapshot") {
        Err(error) if error.is_not_found() => Ok(()),
        answer => answer.explain(|| format!("cannot delete {id} ({})", world.place())).map(drop),
    }
}

fn cannot(world: &World) -> String {
    format!("cannot look for snapshots of images that are gone ({})", world.place())
}
