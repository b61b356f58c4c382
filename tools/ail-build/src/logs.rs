//! `ail-build logs`.

use std::cell::Cell;
use std::time::Duration;

use aws_sdk_codebuild::Client;
use clap::Args;
use lib_common::aws::{self, Explain};
use lib_common::lines::{self, Reader};
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Outcome, Result};

use crate::build::Build;
use crate::log::{self, Mark};
use crate::{chosen, codebuild};

/// As long as a build can wait and run (AWS CodeBuild quotas: 8 and 36 hours).
const LONGEST: Duration = Duration::from_secs(44 * 3600);
/// A person reads along; the quota of GetLogEvents is 25 requests a second.
const EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// Whose log, and how far.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    build: chosen::Choice,

    /// Go on printing until the build has ended
    #[arg(short, long)]
    follow: bool,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (id, mut record) = options.build.read(context)?;
    let config = context.aws(&mut record).await?;
    let region = aws::region(config).to_owned();
    let (codebuild, logs) = (Client::new(config), aws_sdk_cloudwatchlogs::Client::new(config));
    let what = || format!("cannot read the log of {id} ({region})");
    let printed = Printed::default();
    let build = Build::from(&codebuild::get(&codebuild, &id, &region).await.explain(what)?);
    if !options.follow || build.has_ended() {
        printed.more(&logs, &build).await.explain(what)?;
        if build.log.is_none() {
            context.progress().say(&format!("{id} has no log yet: {}", build.phase()));
        }
        return Ok(Outcome::printed());
    }
    Waiter::new(format!("{id} to end"), context.timeout(LONGEST))
        .every(EVERY.0, EVERY.1)
        .until(&Task::silent(), || async {
            // First whether it has ended, then what it said: so nothing of it is missed.
            let build = Build::from(&codebuild::get(&codebuild, &id, &region).await?);
            let reader = printed.more(&logs, &build).await?;
            match build.has_ended() || reader == Reader::Gone {
                true => Ok(Seen::Ready(())),
                false => Ok(Seen::Pending(build.phase().to_owned())),
            }
        })
        .await
        .explain(what)?;
    Ok(Outcome::printed())
}

/// How far a log was printed.
#[derive(Default)]
struct Printed(Cell<Mark>);

impl Printed {
    /// Prints what is new in it.
    async fn more(&self, logs: &aws_sdk_cloudwatchlogs::Client, build: &Build) -> Result<Reader> {
        let Some(place) = &build.log else {
            return Ok(Reader::There);
        };
        let (lines, mark) = log::after(logs, place, self.0.take()).await?;
        self.0.set(mark);
        lines::offer(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }
}
