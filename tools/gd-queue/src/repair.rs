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
    let mut member = architecture.member(repaired.seals).await?;
    record.set(&member);
    if !options.no_resend {
        // What the journal has from before went to others of the same names. An earlier repair
        // that could not send made the queue anew: what was lost is older than that.
        let since = architecture.lost_since.or_else(|| architecture.sealed_since()).unwrap_or(0);
        member.lost_since = None;
        if let Err(error) = resend(context, &options, &mut record, since).await {
            // The new baseline is worth more than what could not be sent.
            context.progress().say(&format!("{} repair: {error}", context.tool()));
            exit = Exit::Failed;
            member.lost_since = Some(since);
        }
        record.set(&member);
    }
    Ok(Outcome::from(record).with_code(exit.code()))
}

/// Sends again what was sent to these queues since then (seconds since 1970) and is lost.
async fn resend(
    context: &Context,
    options: &Options,
    record: &mut Record,
    since: i64,
) -> Result<()> {
    let since = Timestamp::from_second(since).unwrap_or(Timestamp::UNIX_EPOCH);
    let names = &options.wanted.names;
    let which = Which { journal: &options.journal, team: &options.wanted.team, names };
    resend::lost(context, &which, record, since, false).await
}
