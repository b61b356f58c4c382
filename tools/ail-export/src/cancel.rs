//! `ail-export cancel`.

use std::time::Duration;

use aws_sdk_ec2::Client;
use clap::Args;
use futures::stream::{self, StreamExt};
use lib_common::aws::{self, Explain};
use lib_common::lines::{self, List};
use lib_common::wait::Waiter;
use lib_common::{Context, Exit, Outcome, Result};

use crate::ending::{self, Ended};
use crate::line::{Line, LineState};
use crate::scope;
use crate::task::{self, State, Task};

/// EC2 stops a conversion within minutes.
const USUAL_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// A region has 5 tasks by default; this is room for a raised limit.
const AT_ONCE: usize = 8;

/// Whose tasks to cancel.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    scope: scope::Choice,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (scope, mut record) = options.scope.read(context)?;
    let config = context.aws(&mut record).await?;
    let (ec2, region) = (Client::new(config), aws::region(config).to_owned());
    let mut tasks = task::list(&ec2)
        .await
        .explain(|| format!("cannot list the export tasks of {scope} ({region})"))?;
    // One that is deleting is on its way; it is only waited for.
    tasks.retain(|task| scope.has(task) && matches!(task.state, State::Active | State::Deleting));
    if tasks.is_empty() {
        context.progress().say(&format!("no active export tasks of {scope} ({region})"));
        return Ok(Outcome::printed());
    }
    if context.options().dry_run {
        for task in &tasks {
            lines::print(&format!("would cancel {}\n", named(task)))?;
        }
        return Ok(Outcome::printed());
    }
    let names: Vec<_> = tasks.iter().map(named).collect();
    context.confirm(&format!("cancel {}", names.join(", ")))?;
    cancel_all(context, &ec2, tasks).await
}

/// Cancels them side by side, and prints each as it ends.
async fn cancel_all(context: &Context, ec2: &Client, tasks: Vec<Task>) -> Result<Outcome> {
    let mut list = List::new(context.format());
    let (mut cancelled, mut failure) = (0, None);
    let mut ends = stream::iter(tasks)
        .map(|task| async move { (cancel(context, ec2, &task).await, task) })
        .buffer_unordered(AT_ONCE);
    while let Some((ended, task)) = ends.next().await {
        let mut line = Line { percent: None, message: None, ..Line::from(task) };
        match ended {
            Ok(Ended::Cancelled) => line.state = LineState::Cancelled,
            Ok(Ended::Completed) => line.state = LineState::Completed,
            Err(error) => {
                line.state = LineState::Failed;
                line.message = Some(error.summary());
                failure = Some(error.context(format!("cannot cancel {}", line.task)));
            }
        }
        cancelled += u32::from(line.state != LineState::Failed);
        list.push(line)?;
    }
    list.finish()?;
    match failure {
        None => Ok(Outcome::printed()),
        Some(error) if cancelled == 0 => Err(error),
        Some(_) => Ok(Outcome::printed().with_code(Exit::Partial.code())),
    }
}

async fn cancel(context: &Context, ec2: &Client, task: &Task) -> Result<Ended> {
    let shown = context.progress().task(&task.id);
    let waiter = Waiter::new(format!("{} to be gone", task.id), context.timeout(USUAL_TIMEOUT));
    let ended = ending::cancel(context, ec2, &task.id, &waiter, &shown).await?;
    shown.done(match ended {
        Ended::Cancelled => "cancelled",
        Ended::Completed => "completed before it could be cancelled",
    });
    Ok(ended)
}

/// A task as the plan and the question name it.
fn named(task: &Task) -> String {
    let format = task.format.map(|format| format!(" as {format}")).unwrap_or_default();
    format!("{} ({}{format}, {})", task.id, task.image, task.how_far())
}
