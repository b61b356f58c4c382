//! `gd-queue down`.

use clap::Args;
use lib_common::{Context, Outcome, Result, reconcile, state};

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
    let ended = reconcile::down(context, &architecture.graph, &architecture.seals).await?;
    if !context.options().dry_run {
        // What was not done is not lost: it is given up.
        state::remove(&architecture.journal()?)?;
    }
    Ok(ended)
}
