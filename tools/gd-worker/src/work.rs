//! The work on one message, from its receipt to its deletion.

use std::time::{Duration, Instant};

use lib_common::{Error, Result};

use crate::backoff::Backoff;
use crate::bucket::{Bucket, Put};
use crate::job::Job;
use crate::line::{Line, Outcome};
use crate::montage::{Made, Report, Studio};
use crate::queues::{Attributes, Queues, Received};

/// How long a message is hidden at first where its images may be there later; it doubles
/// with each receive. Most faults of a site pass within minutes.
const SITE: Duration = Duration::from_secs(5);
/// The same where a service of ours is at fault. Longer than a poll: a worker that ends
/// for it must not take the message with its last one.
const SERVICE: Duration = Duration::from_secs(15);
/// The longest that a message is hidden.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// What a worker works with.
#[derive(Clone, Debug)]
pub struct Workshop {
    pub queues: Queues,
    pub bucket: Bucket,
    pub studio: Studio,
    /// The most images of one job.
    pub most_images: usize,
    /// Works by the rules of 2014: what cannot be done is answered with `None`.
    pub classic: bool,
}

/// What became of a message, and the fault for which the worker itself must end.
#[derive(Debug)]
pub struct Worked {
    pub line: Line,
    pub fault: Option<Error>,
}

impl Workshop {
    /// Works on a message. However it ends, the message is deleted or comes back.
    pub async fn work(&self, message: Received) -> Worked {
        let started = Instant::now();
        let job = Job::parse(&message.body, self.most_images);
        let mut line = Line {
            job: job.as_ref().ok().map(|job| job.id.clone()),
            key: None,
            outcome: Outcome::Returned,
            images: 0,
            failed: Vec::new(),
            bytes: 0,
            seconds: 0.0,
            reason: None,
            message: message.id.clone(),
            receives: message.receives,
        };
        let worked = match job {
            Ok(job) => self.job(&job, &message, &mut line).await,
            Err(reason) => self.give_up(&message, &mut line, reason).await,
        };
        let fault = match worked {
            Ok(()) => None,
            Err(error) => {
                self.give_back(&message, &mut line, error.summary(), SERVICE).await;
                // A service that refuses refuses the next job too.
                Some(error).filter(|error| !error.is_passing())
            }
        };
        line.seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        Worked { line, fault }
    }

    async fn job(&self, job: &Job, message: &Received, line: &mut Line) -> Result<()> {
        if let Some(report) = self.bucket.find(job).await? {
            return self.deliver(job, message, line, Outcome::Found, report).await;
        }
        match self.studio.make(job).await {
            Made::Montage(jpeg, report) => {
                let put = self.bucket.put(job, jpeg, &report).await?;
                // Both results must tell of the montage that is there.
                let (outcome, report) = match put {
                    Put::Done => (Outcome::Made, report),
                    Put::There => (Outcome::Found, self.bucket.find(job).await?.unwrap_or(report)),
                };
                self.deliver(job, message, line, outcome, report).await
            }
            Made::Nothing { failed, passing } => {
                let first = failed.first().map_or("", |failed| failed.reason.as_str()).to_owned();
                let reason = match failed.len() {
                    1 => first,
                    count => format!("none of {count} images: {first}"),
                };
                line.failed = failed;
                match passing && message.receives < self.queues.receives {
                    true => {
                        self.give_back(message, line, reason, SITE).await;
                        Ok(())
                    }
                    false => self.give_up(message, line, reason).await,
                }
            }
        }
    }

    /// Sends the result, then deletes the message: a worker that is lost between the two
    /// leaves a second result of the same job, never none.
    async fn deliver(
        &self,
        job: &Job,
        message: &Received,
        line: &mut Line,
        outcome: Outcome,
        report: Report,
    ) -> Result<()> {
        let link = self.bucket.link(job).await?;
        let attributes = Attributes::default()
            .text("job", &job.id)
            .text("key", job.key())
            .number("images", report.images)
            .list("failed", &report.failed);
        self.queues.send_result(&available_at(&link), attributes).await?;
        self.queues.delete(message).await?;
        line.key = Some(job.key());
        line.outcome = outcome;
        line.images = report.images;
        line.failed = report.failed;
        line.bytes = report.bytes;
        Ok(())
    }

    /// Ends a message that no worker can work on.
    async fn give_up(&self, message: &Received, line: &mut Line, reason: String) -> Result<()> {
        let attributes = Attributes::default()
            .text("job", line.job.clone().unwrap_or_default())
            .text("reason", &reason)
            .list("failed", &line.failed);
        line.outcome = match self.classic {
            true => {
                self.queues.send_result(&available_at("None"), attributes).await?;
                Outcome::None
            }
            false => {
                self.queues.bury(message, attributes).await?;
                Outcome::Dead
            }
        };
        line.reason = Some(reason);
        self.queues.delete(message).await
    }

    /// Lets a message come back after a while. Where that fails too, it comes back when its
    /// time is over.
    async fn give_back(
        &self,
        message: &Received,
        line: &mut Line,
        reason: String,
        first: Duration,
    ) {
        line.outcome = Outcome::Returned;
        line.reason = Some(reason);
        let doubled = first * 2_u32.pow(message.receives.saturating_sub(1).min(16));
        let pause = Backoff::new(doubled.min(LONGEST_PAUSE), LONGEST_PAUSE).next_pause();
        if let Err(error) = self.queues.give_back(message, pause).await {
            tracing::info!("{}", error.summary());
        }
    }
}

/// What the result queue's readers have looked for since 2014.
fn available_at(link: &str) -> String {
    format!("Output available at: {link}")
}
