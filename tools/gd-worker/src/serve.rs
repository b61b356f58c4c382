//! Taking messages and having them worked on, until told to end.

use std::time::{Duration, Instant};

use futures::future::{BoxFuture, Either, FutureExt, pending};
use lib_common::cli::Format;
use lib_common::lines::List;
use lib_common::progress::Progress;
use lib_common::{Ending, Error, Result};
use tokio::task::JoinSet;

use crate::backoff::Backoff;
use crate::heartbeat::AtWork;
use crate::line::{Line, Outcome};
use crate::queues::{BATCH, LONGEST_POLL, Received};
use crate::work::{Worked, Workshop};

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// How many messages to take.
    pub jobs: Option<u64>,
    /// How long to wait for a message.
    pub idle: Option<Duration>,
}

/// Serves the queue with `at_once` jobs at a time.
pub async fn serve(
    workshop: Workshop,
    at_once: usize,
    until: Until,
    mut ending: Ending,
    progress: &Progress,
) -> Result<()> {
    let at_work = AtWork::default();
    let mut beating = JoinSet::new();
    beating.spawn(at_work.clone().beat(workshop.queues.clone()));

    let mut jobs = JoinSet::new();
    let mut taken = 0;
    let mut idle_since = Instant::now();
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60));
    let mut receiving: Option<BoxFuture<'static, Result<Vec<Received>>>> = None;
    let mut fault: Option<Error> = None;
    loop {
        let wanted = BATCH.min(at_once - jobs.len()).min(left(until.jobs, taken));
        let idle_left = until.idle.map(|idle| idle.saturating_sub(idle_since.elapsed()));
        let over = ending.is_told()
            || fault.is_some()
            || left(until.jobs, taken) == 0
            || (jobs.is_empty() && receiving.is_none() && idle_left == Some(Duration::ZERO));
        if over {
            break;
        }
        if receiving.is_none() && wanted > 0 {
            // Whole seconds, and at least one: SQS knows no less.
            let poll = idle_left.unwrap_or(LONGEST_POLL).max(Duration::from_secs(1));
            let queues = workshop.queues.clone();
            receiving = Some(async move { queues.receive(wanted, poll).await }.boxed());
        }
        let received = match receiving.as_mut() {
            Some(receiving) => Either::Left(receiving),
            None => Either::Right(pending()),
        };
        tokio::select! {
            received = received => {
                receiving = None;
                match received {
                    Ok(messages) => {
                        backoff.reset();
                        taken += messages.len() as u64;
                        for message in messages {
                            begin(&mut jobs, &workshop, &at_work, message);
                        }
                    }
                    Err(error) if error.is_passing() => {
                        progress.say(&error.summary());
                        let pause = backoff.next_pause();
                        receiving = Some(tokio::time::sleep(pause).map(|()| Ok(Vec::new())).boxed());
                    }
                    Err(error) => fault = Some(error),
                }
            }
            Some(worked) = jobs.join_next() => {
                idle_since = Instant::now();
                fault = tell(worked, progress)?.or(fault);
            }
            () = ending.told() => {}
        }
    }

    if !jobs.is_empty() {
        progress.say(&format!("gd-worker: finishing {}, taking no more", count(jobs.len())));
    }
    // A poll that is dropped may still be answered: its messages would stay hidden for
    // their time, with nobody at work on them.
    if let Some(receiving) = receiving
        && let Ok(messages) = receiving.await
    {
        for message in messages {
            // Not begun: another worker may have it at once.
            if let Err(error) = workshop.queues.give_back(&message, Duration::ZERO).await {
                tracing::info!("{}", error.summary());
            }
        }
    }
    while let Some(worked) = jobs.join_next().await {
        fault = tell(worked, progress)?.or(fault);
    }
    fault.map_or(Ok(()), Err)
}

fn left(most: Option<u64>, taken: u64) -> usize {
    most.map_or(usize::MAX, |most| most.saturating_sub(taken) as usize)
}

fn count(jobs: usize) -> String {
    match jobs {
        1 => "1 job".to_owned(),
        jobs => format!("{jobs} jobs"),
    }
}

fn begin(jobs: &mut JoinSet<Worked>, workshop: &Workshop, at_work: &AtWork, message: Received) {
    let (workshop, held) = (workshop.clone(), at_work.hold(&message));
    jobs.spawn(async move {
        let worked = workshop.work(message).await;
        drop(held);
        worked
    });
}

/// Prints what became of a message; gives the fault for which the worker must end.
fn tell(
    worked: Result<Worked, tokio::task::JoinError>,
    progress: &Progress,
) -> Result<Option<Error>> {
    let Worked { line, fault } = match worked {
        Ok(worked) => worked,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    progress.say(&sentence(&line));
    List::new(Format::Ndjson).push(line)?;
    Ok(fault)
}

fn sentence(line: &Line) -> String {
    let what = match &line.job {
        Some(job) => format!("job {job}"),
        None => format!("message {}", line.message),
    };
    let became = match line.outcome {
        Outcome::Made => format!("{} images in {:.1} s", line.images, line.seconds),
        Outcome::Found => format!("{} images, made before", line.images),
        Outcome::Dead => "a dead letter".to_owned(),
        Outcome::None => "answered with None".to_owned(),
        Outcome::Returned => "given back".to_owned(),
    };
    let failed = match line.failed.len() {
        0 => String::new(),
        count => format!(", {count} failed"),
    };
    let why = line.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{what}: {became}{failed}{why}")
}
