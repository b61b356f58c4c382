//! `ail-build wait`.

use std::time::Duration;

use aws_sdk_codebuild::Client;
use clap::Args;
use lib_common::aws::{self, Explain};
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Outcome, Result};

use crate::build::Build;
use crate::phases::Shown;
use crate::{chosen, codebuild, log};

/// What a build takes beside its queue and its own time: CodeBuild tidies up.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// Which build, and how it is told.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    build: chosen::Choice,

    /// Lines of the log to show of a build that failed
    #[arg(long, value_name = "LINES", default_value_t = 20)]
    tail: usize,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (id, mut record) = options.build.read(context)?;
    let config = context.aws(&mut record).await?;
    let region = aws::region(config).to_owned();
    let clients = (Client::new(config), aws_sdk_cloudwatchlogs::Client::new(config));
    let build = until_ended(context, &clients.0, &id, &region)
        .await
        .explain(|| format!("cannot see the build {id} to its end ({region})"))?;
    record.set(&build);
    if build.status == "SUCCEEDED" {
        return Ok(record.into());
    }
    let what = format!("the build {id} {} ({region})", how_it_ended(&build));
    let error = failure(Error::new(exit(&build), what), &build);
    Err(with_log(error, &clients.1, &build, options.tail).await)
}

/// Waits for the end of a build, with its phases as progress.
pub async fn until_ended(
    context: &Context,
    codebuild: &Client,
    id: &str,
    region: &str,
) -> Result<Build> {
    let limit = limit(codebuild, id, region).await?;
    let going_on = context
        .undo()
        .keep(format!("{id} is started and goes on; `ail-build stop --build-id {id}` ends it"));
    let task = context.progress().task(id);
    let shown = Shown::default();
    let waiter = Waiter::new(format!("{id} to end"), context.timeout(limit));
    let build = waiter
        .until(&Task::silent(), || async {
            let Some(found) = codebuild::find(codebuild, id).await? else {
                return Ok(Seen::Missing);
            };
            let build = Build::from(&found);
            shown.update(context, &task, &build);
            match build.has_ended() {
                true => Ok(Seen::Ready(build)),
                false => Ok(Seen::Pending(build.phase().to_owned())),
            }
        })
        .await?;
    context.undo().settle(going_on);
    task.done(&build.status.to_lowercase().replace('_', " "));
    Ok(build)
}

/// How long the build may wait and run by its own settings.
async fn limit(codebuild: &Client, id: &str, region: &str) -> Result<Duration> {
    let build = codebuild::get(codebuild, id, region).await?;
    let (own, queue) = (build.timeout_in_minutes(), build.queued_timeout_in_minutes());
    let minutes = own.unwrap_or_default() + queue.unwrap_or_default();
    Ok(MARGIN + Duration::from_secs(60 * u64::try_from(minutes).unwrap_or_default()))
}

fn how_it_ended(build: &Build) -> String {
    let phase = build.broken().map_or_else(|| build.phase(), |phase| &phase.name);
    match build.status.as_str() {
        "FAILED" => format!("failed in its phase {phase}"),
        "TIMED_OUT" => format!("ran out of its own time in its phase {phase}"),
        "STOPPED" => format!("was stopped in its phase {phase}"),
        "FAULT" => format!("met a fault of CodeBuild's in its phase {phase}"),
        status => format!("ended as {status}"),
    }
}

fn exit(build: &Build) -> Exit {
    match build.status.as_str() {
        // CodeBuild's own, not the build's: the same build may work.
        "FAULT" => Exit::Temporary,
        _ => Exit::Failed,
    }
}

fn failure(error: Error, build: &Build) -> Error {
    let reason = build.broken().and_then(|phase| phase.reason.as_deref());
    let error = reason.into_iter().fold(error, |error, reason| error.because(reason));
    let id = &build.id;
    match build.status.as_str() {
        "TIMED_OUT" => error.next(format!(
            "see where its time went with `ail-build logs --build-id {id}`, or give the project \
             a longer timeout"
        )),
        _ => error.next(format!("read all of its log with `ail-build logs --build-id {id}`")),
    }
}

/// Adds the last lines of the log; that there are none is no reason to say less.
async fn with_log(
    error: Error,
    logs: &aws_sdk_cloudwatchlogs::Client,
    build: &Build,
    count: usize,
) -> Error {
    let Some(place) = build.log.as_ref().filter(|_| count > 0) else {
        return error;
    };
    let phase = build.broken().map(|phase| phase.name.as_str());
    match log::tail(logs, place, phase, count).await {
        Ok(lines) if lines.is_empty() => error.because("its log is empty"),
        Ok(lines) => {
            let lines: Vec<_> = lines.iter().map(|line| format!("  | {line}")).collect();
            error.because(format!("what its log says last:\n{}", lines.join("\n")))
        }
        Err(unread) => error.because(format!("its log cannot be read: {}", unread.summary())),
    }
}
