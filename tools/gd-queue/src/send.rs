//! `gd-queue send`.

mod batch;
mod limit;
mod read;
mod url;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use futures::StreamExt;
use lib_common::{Context, Error, Exit, Outcome, Result, lines};
use schemars::JsonSchema;
use serde::Serialize;

use crate::job::Job;
use crate::journal::{Entry, Journal, JournalOption};
use crate::names::Names;
use crate::queue::Queue;
use crate::role::Role;
use batch::{Fate, Sender};
pub use url::check as check_url;

/// Calls at once. SQS takes thousands of messages a second; ten in each of eight calls fill
/// a link long before its limits.
const AT_ONCE: usize = 8;

/// What to send.
#[derive(Args)]
pub struct Options {
    /// Files of jobs; `-`, and no file at all, is stdin
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// How the jobs are written
    #[arg(long, value_enum, default_value = "auto")]
    format: read::Format,

    #[command(flatten)]
    journal: JournalOption,

    /// Keep no journal: what is lost with the queue is lost
    #[arg(long, conflicts_with = "journal")]
    no_journal: bool,

    #[command(flatten)]
    names: Names,
}

/// A job that was sent: the line that `send` prints of it, and takes again.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sent {
    /// The job's id, which follows from its URLs.
    pub job: String,
    /// SQS's id of the message.
    pub message: String,
    /// The queue that took it.
    pub queue: String,
    /// Where the job was read.
    pub from: String,
    /// Its images.
    pub urls: Vec<String>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let jobs = read::jobs(context, &options.files, options.format)?;
    let jobs = once(context, jobs);
    limit::of_service(&jobs)?;
    let mut record = options.names.record_of_file(context)?;
    let queue = Queue::find(context, &options.names, Role::Input, &mut record).await?;
    limit::of_queue(&queue, &jobs).await?;
    if context.options().dry_run {
        let plan = jobs.iter().map(|job| {
            format!("would send job {} with {} to {}\n", job.id, urls(job.urls.len()), queue.name)
        });
        lines::print(&plan.collect::<String>())?;
        return Ok(Outcome::printed());
    }
    if options.no_journal {
        return send(context, queue, jobs, true).await.map(|()| Outcome::printed());
    }
    let journal = options.journal.of(&queue)?;
    // Whatever happens from here on, it is known what was to be sent.
    journal.note(jobs.iter().map(|job| Entry::sent(&queue, job)))?;
    // Their sender is told: it is theirs to send them again.
    let sent = send_noted(context, queue, jobs, &journal, true, Entry::refused).await;
    sent.map(|()| Outcome::printed())
}

/// Sends jobs that stand in the journal, and notes there which of them SQS did not take.
pub async fn send_noted(
    context: &Context,
    queue: Queue,
    jobs: Vec<Job>,
    journal: &Journal,
    prints: bool,
    missed: impl Fn(&Queue, &Job) -> Entry,
) -> Result<()> {
    let to = queue.clone();
    let sent = send_some(context, queue, jobs, prints).await;
    journal.note(sent.failures.iter().map(|(job, _)| missed(&to, job)))?;
    sent.ended(context)
}

async fn send(context: &Context, queue: Queue, jobs: Vec<Job>, prints: bool) -> Result<()> {
    send_some(context, queue, jobs, prints).await.ended(context)
}

/// What became of all jobs.
struct Sending {
    queue: Queue,
    jobs: usize,
    images: usize,
    sent: usize,
    failures: Vec<(Job, Error)>,
}

async fn send_some(context: &Context, queue: Queue, jobs: Vec<Job>, prints: bool) -> Sending {
    let count = jobs.len();
    let images = jobs.iter().map(|job| job.urls.len()).sum();
    let task = context.progress().task(format!("{} jobs to {}", count, queue.name));
    let patience = context.timeout(batch::PATIENCE);
    let sender = Arc::new(Sender { patience, queue, prints });
    let fates = futures::stream::iter(batch::batches(jobs))
        .map(|batch| {
            let sender = sender.clone();
            // To its end even if interrupted: what SQS took has its line.
            context.undo().finish(async move { sender.send(batch).await })
        })
        .buffer_unordered(AT_ONCE);
    let (mut sent, mut failures) = (0, Vec::new());
    let mut fates = std::pin::pin!(fates.flat_map(futures::stream::iter));
    while let Some(fate) = fates.next().await {
        match fate {
            Fate::Sent => sent += 1,
            Fate::Failed(job, error) => failures.push((job, error)),
        }
        // Ten lines at most where no terminal redraws them.
        if sent % count.div_ceil(10) == 0 {
            task.state(&format!("{sent} sent"));
        }
    }
    Sending { queue: sender.queue.clone(), jobs: count, images, sent, failures }
}

impl Sending {
    fn ended(self, context: &Context) -> Result<()> {
        if self.failures.is_empty() {
            let (jobs, urls, queue) = (self.jobs, urls(self.images), &self.queue.name);
            context.progress().say(&format!("sent {jobs} jobs with {urls} to {queue}"));
            return Ok(());
        }
        Err(partly(self.failures, self.sent, self.jobs, &self.queue))
    }
}

/// Few causes explain many failures: each is told once, with one of its jobs.
fn partly(failures: Vec<(Job, Error)>, sent: usize, count: usize, queue: &Queue) -> Error {
    let exit = match (sent, failures.first()) {
        (0, Some((_, error))) => error.exit(),
        _ => Exit::Partial,
    };
    let what = format!(
        "{} of {count} jobs were not sent to {} ({})",
        failures.len(),
        queue.name,
        queue.region
    );
    let mut told: Vec<String> = Vec::new();
    let error = failures.iter().fold(Error::new(exit, what), |report, (job, error)| {
        let cause = error.summary();
        if told.contains(&cause) {
            return report;
        }
        told.push(cause.clone());
        report.because(format!("job {} ({}): {cause}", job.id, job.from))
    });
    let error = if sent > 0 { error.done(format!("{sent} were sent")) } else { error };
    error.next("send the same again: a job that is sent twice still gives one montage")
}

/// Each job once, with a word about those that are given again.
fn once(context: &Context, jobs: Vec<Job>) -> Vec<Job> {
    let mut first: HashMap<String, String> = HashMap::new();
    let mut kept = Vec::new();
    for job in jobs {
        match first.get(&job.id) {
            Some(from) => context
                .progress()
                .say(&format!("{} is the same job as {from}: it is sent once", job.from)),
            None => {
                first.insert(job.id.clone(), job.from.clone());
                kept.push(job);
            }
        }
    }
    kept
}

fn urls(count: usize) -> String {
    match count {
        1 => "1 URL".to_owned(),
        n => format!("{n} URLs"),
    }
}
