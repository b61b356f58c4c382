//! `gd-queue repair`.

use clap::Args;
use jiff::Timestamp;
use lib_common::{Context, Exit, Outcome, Record, Result, reconcile};

use crate::architecture::{Architecture, Wanted};
use crate::journal::JournalOption;
use crate::resend::{self, Which};

/// What is wanted.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    journal: JournalOption,

    /// Send no lost job again
    #[arg(long)]
    no_resend: bool,

    #[command(flatten)]
    wanted: Wanted,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = options.wanted.names.record(context)?;
    let architecture = Architecture::open(context, &options.wanted, &mut record).await?;
    architecture.warn(context);
    let graph = &architecture.graph;
    let Some(repaired) = reconcile::repair(context, graph, &architecture.seals).await? else {
        return Ok(Outcome::printed());
    };
    let mut exit = repaired.exit();
    record.set(&architecture.member(repaired.seals).await?);
    if !options.no_resend
        && let Err(error) = resend(context, &options, &architecture, &mut record).await
    {
        // The new baseline is worth more than what could not be sent.
        context.progress().say(&format!("{} repair: {error}", context.tool()));
        exit = Exit::Failed;
    }
    Ok(Outcome::from(record).with_code(exit.code()))
}

/// Sends again what was lost of what was sent to these queues: what the journal has from before
/// went to others of the same names.
async fn resend(
    context: &Context,
    options: &Options,
    architecture: &Architecture,
    record: &mut Record,
) -> Result<()> {
    let since = architecture.sealed_since().unwrap_or(Timestamp::UNIX_EPOCH);
    let names = &options.wanted.names;
    let which = Which { journal: &options.journal, team: &options.wanted.team, names };
    resend::lost(context, &which, record, since, false).await
}
