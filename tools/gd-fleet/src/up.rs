//! `gd-fleet up` and `gd-fleet repair`: make the fleet what it shall be.

use std::sync::Arc;

use clap::Args;
use lib_common::reconcile::{self, Seals};
use lib_common::record::{Fleet, FleetWish, Network, Queues};
use lib_common::team::TeamOption;
use lib_common::{Context, Outcome, Record, Result};

use crate::clients::Clients;
use crate::resources::{self, Scaffold};
use crate::source::SourceOptions;
use crate::wish::{ImageOptions, WishOptions};
use crate::world::World;
use crate::{built, classic, probe};

/// What to build.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    team: TeamOption,
    #[command(flatten)]
    wish: WishOptions,
    #[command(flatten)]
    image: ImageOptions,
    #[command(flatten)]
    source: SourceOptions,
}

/// What to repair: the record says how it shall be.
#[derive(Args)]
pub struct RepairOptions {
    #[command(flatten)]
    team: TeamOption,
    #[command(flatten)]
    image: ImageOptions,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let mut wish = options.wish.wish(&options.image, &record)?;
    // What is missing shall be said before anything is looked for.
    record.require::<Network>()?;
    record.require::<Queues>()?;
    let team = options.team.of(&mut record)?;
    let clients = Clients::new(context.aws(&mut record).await?);
    options.source.settle(&clients, &team, &mut wish).await?;
    let (record, world) = world(context, record, &options.team, wish, &options.image).await?;
    classic::warn(context, &world.wish);
    // Whoever builds takes what has the right name and tags.
    let scaffold = scaffold(&world, &Seals::default()).await?;
    if world.wish.classic && scaffold == Scaffold::With && !context.options().dry_run {
        probe::launch_configuration(&world).await?;
    }
    let graph = resources::graph(&world, scaffold);
    let seals = reconcile::up(context, &graph, &world.seals).await?;
    Ok(outcome(record, &world, seals))
}

pub async fn repair(context: &Context, options: RepairOptions) -> Result<Outcome> {
    let record = context.record()?;
    let wish = record.require::<Fleet>()?.wish;
    let (record, world) = world(context, record, &options.team, wish, &options.image).await?;
    let graph = resources::graph(&world, scaffold(&world, &world.seals).await?);
    match reconcile::repair(context, &graph, &world.seals).await? {
        Some(repaired) => {
            let code = repaired.exit().code();
            Ok(outcome(record, &world, Some(repaired.seals)).with_code(code))
        }
        None => Ok(Outcome::printed()),
    }
}

async fn world(
    context: &Context,
    mut record: Record,
    team: &TeamOption,
    wish: FleetWish,
    image: &ImageOptions,
) -> Result<(Record, Arc<World>)> {
    let team = team.of(&mut record)?;
    let world = World::new(context, &mut record, team, wish, image.worker()?).await?;
    Ok((record, world))
}

/// Whether what an image is made with is needed: where there is none.
async fn scaffold(world: &Arc<World>, seals: &Seals) -> Result<Scaffold> {
    Ok(match resources::is_there(world, seals).await? {
        true => Scaffold::Without,
        false => Scaffold::With,
    })
}

fn outcome(mut record: Record, world: &World, seals: Option<Seals>) -> Outcome {
    match seals {
        Some(seals) => {
            record.set(&built::member(world, seals));
            record.into()
        }
        None => Outcome::printed(),
    }
}
