//! `gd-queue results`.

mod download;
mod line;
mod take;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client as S3;
use clap::Args;
use lib_common::lines::Reader;
use lib_common::team::TeamOption;
use lib_common::{Context, Error, Exit, Outcome, Result};
use tokio::time::Instant;

use crate::bucket;
use crate::names::Names;
use crate::queue::Queue;
use crate::role::Role;
use download::Downloads;
pub use line::Montage;
use take::{Taken, Taker};

/// The longest wait that SQS offers in one call (Amazon SQS API Reference, ReceiveMessage).
const LONG_POLL: Duration = Duration::from_secs(20);
/// Where nobody follows, the first wait that brings nothing is the end: any wait at all asks
/// all of the queue's servers, so that its emptiness is not one server's alone.
const SHORT_POLL: Duration = Duration::from_secs(1);

/// Which results, and for how long.
#[derive(Args)]
pub struct Options {
    /// Go on until interrupted
    #[arg(long)]
    follow: bool,

    /// End after the results of this many jobs; wait for them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// End when no result has come for so long, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    idle: Option<Duration>,

    /// Fetch each montage into this directory
    #[arg(long, value_name = "DIR")]
    download: Option<PathBuf>,

    /// Leave the results in the queue
    #[arg(long)]
    keep: bool,

    #[command(flatten)]
    team: TeamOption,

    #[command(flatten)]
    names: Names,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = options.names.record(context)?;
    let queue = Queue::find(context, &options.names, Role::Output, &mut record).await?;
    let downloads = match &options.download {
        None => None,
        Some(directory) => {
            let bucket = bucket::of(context, &options.names, &options.team, &mut record).await?;
            let s3 = S3::new(context.aws(&mut record).await?);
            Some(Downloads::into(directory, s3, bucket)?)
        }
    };
    if context.options().dry_run {
        return Err(Error::new(Exit::Usage, "results has no plan to print")
            .next("--keep shows the results and leaves them in the queue"));
    }
    let taker = Arc::new(Taker::new(queue, downloads, options.keep));
    let ended = follow(context, &options, &taker).await;
    if options.keep {
        taker.show_again().await?;
    }
    ended?;
    let told = taker.told();
    context.progress().say(&told.to_string());
    match told.failures {
        0 => Ok(Outcome::printed()),
        n => Err(Error::new(Exit::Partial, format!("{n} of the montages could not be fetched"))
            .because("the lines say why; the messages stay in the queue")
            .next("run the same command again")),
    }
}

/// Takes results until one of the options says that it is enough, or the reader of stdout is
/// gone.
async fn follow(context: &Context, options: &Options, taker: &Arc<Taker>) -> Result<()> {
    let waits = options.follow || options.count.is_some() || options.idle.is_some();
    let deadline = context.options().timeout.map(|timeout| (Instant::now() + timeout, timeout));
    let mut last = Instant::now();
    loop {
        let wanted = options.count.map(|count| count.saturating_sub(taker.told().jobs));
        let now = Instant::now();
        let ends = [options.idle.map(|idle| last + idle), deadline.map(|(end, _)| end)];
        let left = ends.into_iter().flatten().map(|end| end.saturating_duration_since(now)).min();
        let longest = if waits { LONG_POLL } else { SHORT_POLL };
        let taken = {
            let taker = taker.clone();
            let wait = left.map_or(longest, |left| left.min(longest));
            // To its end even if interrupted: what is printed is also deleted.
            context.undo().finish(async move { taker.take(wanted, wait).await }).await?
        };
        match taken {
            Taken::Results(Reader::Gone) => return Ok(()),
            Taken::Results(Reader::There) => last = Instant::now(),
            // What is kept comes again and again once its time is over.
            Taken::Known if !waits && options.keep => return Ok(()),
            Taken::Nothing if !waits => return Ok(()),
            Taken::Known | Taken::Canaries | Taken::Nothing => {}
        }
        let jobs = taker.told().jobs;
        if options.count.is_some_and(|count| jobs >= count) {
            return Ok(());
        }
        if let (Some((end, timeout)), true) = (deadline, waits)
            && Instant::now() >= end
        {
            return Err(late(options, jobs, timeout));
        }
        if options.idle.is_some_and(|idle| last.elapsed() >= idle) {
            return Ok(());
        }
    }
}

fn late(options: &Options, jobs: u64, timeout: Duration) -> Error {
    let wanted = options.count.map(|count| format!(" of {count}")).unwrap_or_default();
    let timeout = humantime::format_duration(timeout);
    Error::new(Exit::TimedOut, format!("waited {timeout}: {jobs}{wanted} results came"))
        .next("`gd-queue stats` tells where the jobs are; run the same again to go on waiting")
}
