//! `gd-queue up`.

use clap::Args;
use lib_common::{Context, Outcome, Result, reconcile};

use crate::architecture::{Architecture, Wanted};

/// What is wanted.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    wanted: Wanted,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = options.wanted.names.record(context)?;
    let architecture = Architecture::open(context, &options.wanted, &mut record).await?;
    architecture.warn(context);
    let Some(seals) = reconcile::up(context, &architecture.graph, &architecture.seals).await?
    else {
        return Ok(Outcome::printed());
    };
    record.set(&architecture.member(seals).await?);
    Ok(record.into())
}
