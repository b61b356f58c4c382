//! Sending jobs ten at a time.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result, lines};

use super::Sent;
use super::limit::LARGEST;
use crate::job::Job;
use crate::queue::Queue;

/// SQS takes at most ten messages in a call (Amazon SQS API Reference, SendMessageBatch).
const MOST: usize = 10;
/// How long a message that SQS could not take at the moment is offered again. Each call is
/// retried by the client beneath this; what is left here is a fault of single messages.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What became of a job.
pub enum Fate {
    /// SQS has it, and its line is printed.
    Sent,
    /// SQS did not take it.
    Failed(Job, Error),
}

/// Sends to one queue.
pub struct Sender {
    pub queue: Queue,
    pub patience: Duration,
    /// Whether a line is printed of each job that SQS takes.
    pub prints: bool,
}

/// The jobs as calls take them: at most ten, and at most [`LARGEST`] bytes together.
pub fn batches(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut batches: Vec<Vec<Job>> = Vec::new();
    let mut bytes = 0;
    for job in jobs {
        let size = job.body().len();
        match batches.last_mut() {
            Some(last) if last.len() < MOST && bytes + size <= LARGEST => last.push(job),
            _ => {
                bytes = 0;
                batches.push(vec![job]);
            }
        }
        bytes += size;
    }
    batches
}

impl Sender {
    /// Sends a batch, prints a line of each job that SQS took, and offers again what it could
    /// not take at the moment.
    pub async fn send(&self, batch: Vec<Job>) -> Vec<Fate> {
        let waiter = Waiter::new("SQS to take the jobs", self.patience)
            .every(Duration::from_millis(200), Duration::from_secs(5));
        // What is left to offer, and what is settled.
        let state = Mutex::new((batch, Vec::new()));
        let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
        let offer = || async {
            let offered = std::mem::take(&mut lock().0);
            let answers = match self.offer(&offered).await {
                Ok(answers) => answers,
                Err(error) => {
                    lock().0 = offered;
                    return Err(error);
                }
            };
            let (settled, left, why) = sort(offered, answers);
            let mut state = lock();
            state.1.extend(settled);
            state.0 = left;
            Ok(if state.0.is_empty() { Seen::Ready(()) } else { Seen::Pending(why) })
        };
        let ended = waiter.until(&Task::silent(), offer).await;
        let (left, mut fates) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = ended {
            let failed = |job| {
                let again = Error::new(error.exit(), error.summary());
                Fate::Failed(job, again)
            };
            fates.extend(left.into_iter().map(failed));
        }
        fates
    }

    /// One call. The answers lie in the order of the jobs.
    async fn offer(&self, jobs: &[Job]) -> Result<Vec<Answer>> {
        let entries = jobs.iter().enumerate().map(|(at, job)| {
            SendMessageBatchRequestEntry::builder()
                .id(at.to_string())
                .message_body(job.body())
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(|error| {
            Error::new(Exit::Failed, "cannot name the messages in one call").caused_by(&error)
        })?;
        let answer = self
            .queue
            .sqs
            .send_message_batch()
            .queue_url(&self.queue.url)
            .set_entries(Some(entries))
            .send()
            .await
            .during("SendMessageBatch")?;
        let mut answers: Vec<_> = jobs.iter().map(|_| Answer::Lost).collect();
        for taken in &answer.successful {
            if let Some(slot) = slot(&mut answers, &taken.id) {
                self.print(&jobs[slot.0], &taken.message_id)?;
                *slot.1 = Answer::Taken;
            }
        }
        for refused in answer.failed {
            if let Some(slot) = slot(&mut answers, &refused.id) {
                *slot.1 = Answer::Refused(refused);
            }
        }
        Ok(answers)
    }

    fn print(&self, job: &Job, message: &str) -> Result<()> {
        if !self.prints {
            return Ok(());
        }
        let line = Sent {
            job: job.id.clone(),
            message: message.to_owned(),
            queue: self.queue.name.clone(),
            from: job.from.clone(),
            urls: job.urls.clone(),
        };
        let text = serde_json::to_string(&line).expect("lines are plain data");
        lines::print(&format!("{text}\n"))
    }
}

/// What SQS said of one message.
enum Answer {
    Taken,
    Refused(BatchResultErrorEntry),
    /// It is in neither list.
    Lost,
}

fn slot<'a>(answers: &'a mut [Answer], id: &str) -> Option<(usize, &'a mut Answer)> {
    let at: usize = id.parse().ok()?;
    answers.get_mut(at).map(|answer| (at, answer))
}

/// Who is settled, and who is offered again, with the reason of one of them.
fn sort(jobs: Vec<Job>, answers: Vec<Answer>) -> (Vec<Fate>, Vec<Job>, String) {
    let (mut settled, mut left, mut why) = (Vec::new(), Vec::new(), String::new());
    for (job, answer) in jobs.into_iter().zip(answers) {
        match answer {
            Answer::Taken => settled.push(Fate::Sent),
            Answer::Refused(refused) => {
                let message = refused.message().unwrap_or_default();
                let said = format!("SendMessageBatch: {}: {message}", refused.code());
                // Of the sender's own fault nothing changes by offering it again.
                if refused.sender_fault() {
                    settled.push(Fate::Failed(job, Error::new(Exit::Refused, said)));
                } else {
                    why = said;
                    left.push(job);
                }
            }
            Answer::Lost => {
                why = "SendMessageBatch: the answer says nothing of it".to_owned();
                left.push(job);
            }
        }
    }
    (settled, left, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(count: usize, urls: usize) -> Vec<Job> {
        let job = |n| Job::new((0..urls).map(|u| format!("http://a/{n}/{u:080}")).collect(), "a");
        (0..count).map(job).collect()
    }

    fn sizes(batches: &[Vec<Job>]) -> Vec<usize> {
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn ten_small_jobs_go_into_a_call() {
        assert_eq!(sizes(&batches(jobs(23, 3))), [10, 10, 3]);
    }

    #[test]
    fn large_jobs_share_the_bytes_of_a_call() {
        let batches = batches(jobs(5, 4000));
        assert_eq!(sizes(&batches), [2, 2, 1]);
        for batch in batches {
            assert!(batch.iter().map(|job| job.body().len()).sum::<usize>() <= LARGEST);
        }
    }

    #[test]
    fn only_a_fault_of_the_service_is_offered_again() {
        let refused = |fault| {
            let entry = BatchResultErrorEntry::builder().id("0").code("X").sender_fault(fault);
            Answer::Refused(entry.build().expect("complete"))
        };
        let answers = vec![Answer::Taken, refused(true), refused(false), Answer::Lost];
        let (settled, left, why) = sort(jobs(4, 1), answers);
        assert!(matches!(settled[..], [Fate::Sent, Fate::Failed(..)]));
        assert_eq!(left.len(), 2);
        assert!(why.contains("says nothing"));
    }
}
