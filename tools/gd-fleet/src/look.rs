//! `gd-fleet status`, `verify` and `down`: what there is, what is wrong with it, and its end.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use lib_common::record::Fleet;
use lib_common::team::TeamOption;
use lib_common::{Context, Outcome, Result, reconcile};

use crate::resources::{self, Scaffold};
use crate::wish;
use crate::world::World;

/// Whose fleet it is.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    team: TeamOption,
}

pub async fn status(context: &Context, options: Options) -> Result<Outcome> {
    let world = world(context, &options).await?;
    let graph = resources::graph(&world, Scaffold::Without);
    reconcile::status(context, &graph, &world.seals).await
}

pub async fn verify(context: &Context, options: Options) -> Result<Outcome> {
    let record = context.record()?;
    // Without what was sealed there is nothing to compare with.
    record.require::<Fleet>()?;
    let world = of(context, record, &options).await?;
    let graph = resources::graph(&world, Scaffold::Without);
    reconcile::verify(context, &graph, &world.seals).await
}

pub async fn down(context: &Context, options: Options) -> Result<Outcome> {
    let world = world(context, &options).await?;
    let graph = resources::graph(&world, Scaffold::Remains);
    reconcile::down(context, &graph, &world.seals).await
}

async fn world(context: &Context, options: &Options) -> Result<Arc<World>> {
    of(context, context.record()?, options).await
}

async fn of(
    context: &Context,
    mut record: lib_common::Record,
    options: &Options,
) -> Result<Arc<World>> {
    let team = options.team.of(&mut record)?;
    let wish = wish::of_record(&record)?;
    // Nothing is made, so nothing is made of a worker.
    World::new(context, &mut record, team, wish, PathBuf::new()).await
}
