//! Taking back what a failed or interrupted run made.
//!
//! A step is registered *before* the deed it takes back, so it must stand a deed that
//! never happened. The deed itself runs through [`Undo::finish`]: an interruption does
//! not tear a request in half, for then nobody would know whether it made something.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::{Error, Result};

/// How long the deeds that were under way at an interruption may take to end. Longer
/// than one attempt of one request ([`crate::aws`]), so that a healthy call always ends.
const SETTLE: Duration = Duration::from_secs(75);

type Deed = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

struct Step {
    number: u64,
    what: String,
    remedy: String,
    deed: Deed,
}

#[derive(Default)]
struct Steps {
    next: u64,
    steps: Vec<Step>,
}

/// The steps that take back what was done so far, run in reverse order.
#[derive(Clone)]
pub struct Undo {
    steps: Arc<Mutex<Steps>>,
    under_way: watch::Sender<usize>,
}

/// One registered step, for what is settled before the run ends.
#[derive(Clone, Copy, Debug)]
pub struct Ticket(u64);

/// What became of the steps.
#[derive(Debug, Default)]
pub struct Undone {
    /// What was taken back, in the order in which it happened.
    pub undone: Vec<String>,
    /// What is left, each with the command that removes it.
    pub left: Vec<String>,
}

impl Default for Undo {
    fn default() -> Self {
        Self { steps: Arc::default(), under_way: watch::channel(0).0 }
    }
}

impl Undo {
    /// Registers a step. `what` says what it does ("deregister ami-1"), `remedy` is the
    /// command that does the same by hand.
    pub fn push(
        &self,
        what: impl Into<String>,
        remedy: impl Into<String>,
        deed: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Ticket {
        let mut steps = self.lock();
        let number = steps.next;
        steps.next += 1;
        steps.steps.push(Step {
            number,
            what: what.into(),
            remedy: remedy.into(),
            deed: Box::pin(deed),
        });
        Ticket(number)
    }

    /// Forgets one step: what it would take back is settled.
    pub fn settle(&self, ticket: Ticket) {
        self.lock().steps.retain(|step| step.number != ticket.0);
    }

    /// Runs a deed to its end even if the caller is interrupted meanwhile.
    pub async fn finish<T: Send + 'static>(
        &self,
        deed: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let guard = UnderWay::new(self.under_way.clone());
        let task = tokio::spawn(async move {
            let result = deed.await;
            drop(guard);
            result
        });
        match task.await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// Runs all steps, the last one first, each to its end or until `deadline`; what
    /// could not be taken back is reported, and the others still run.
    pub async fn run(&self, deadline: Duration, mut report: impl FnMut(&str)) -> Undone {
        let mut settled = self.under_way.subscribe();
        // An error means that the sender is gone, and it lives in `self`.
        let _ = tokio::time::timeout(SETTLE, settled.wait_for(|count| *count == 0)).await;

        let end = tokio::time::Instant::now() + deadline;
        let mut outcome = Undone::default();
        loop {
            // Taken one at a time: a second signal leaves the rest for `left`.
            let Some(step) = self.lock().steps.pop() else {
                break;
            };
            report(&step.what);
            match tokio::time::timeout_at(end, step.deed).await {
                Ok(Ok(())) => outcome.undone.push(step.what),
                Ok(Err(error)) => {
                    outcome.left.push(left(&step.what, &step.remedy, &error.summary()));
                }
                Err(_) => outcome.left.push(left(&step.what, &step.remedy, "no time left")),
            }
        }
        outcome
    }

    /// What has not been taken back yet, each with the command that removes it.
    #[must_use]
    pub fn left(&self) -> Vec<String> {
        let steps = self.lock();
        steps.steps.iter().rev().map(|s| left(&s.what, &s.remedy, "not tried")).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Steps> {
        // A panic elsewhere must not keep the clean-up from running.
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn left(what: &str, remedy: &str, why: &str) -> String {
    format!("{what} ({why}): {remedy}")
}

impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().steps.iter().map(|s| &s.what)).finish()
    }
}

/// Counts a deed as under way for as long as it lives.
struct UnderWay(watch::Sender<usize>);

impl UnderWay {
    fn new(count: watch::Sender<usize>) -> Self {
        count.send_modify(|n| *n += 1);
        Self(count)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|n| *n -= 1);
    }
}

impl Error {
    /// Adds to the error what the clean-up after it did and what it left.
    #[must_use]
    pub fn after(mut self, undone: Undone) -> Self {
        for what in undone.undone {
            self = self.because(format!("undone: {what}"));
        }
        for what in undone.left {
            self = self.because(format!("left: {what}"));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Exit;

    type Log = Arc<Mutex<Vec<&'static str>>>;

    fn step(log: &Log, name: &'static str) -> impl Future<Output = Result<()>> + Send + 'static {
        let log = log.clone();
        async move {
            log.lock().expect("unpoisoned").push(name);
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn steps_run_in_reverse_and_a_failure_stops_none() {
        let (undo, log) = (Undo::default(), Log::default());
        undo.push("a", "rm a", step(&log, "a"));
        undo.push("b", "rm b", async { Err(Error::new(Exit::Refused, "denied")) });
        undo.push("c", "rm c", step(&log, "c"));
        let outcome = undo.run(Duration::from_secs(9), |_| ()).await;
        assert_eq!(*log.lock().expect("unpoisoned"), ["c", "a"]);
        assert_eq!(outcome.undone, ["c", "a"]);
        assert_eq!(outcome.left, ["b (denied): rm b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_settled_step_does_not_run() {
        let (undo, log) = (Undo::default(), Log::default());
        let ticket = undo.push("a", "rm a", step(&log, "a"));
        undo.push("b", "rm b", step(&log, "b"));
        undo.settle(ticket);
        assert_eq!(undo.run(Duration::from_secs(9), |_| ()).await.undone, ["b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_is_of_all_steps_together() {
        let undo = Undo::default();
        undo.push("never", "rm it", std::future::pending());
        undo.push("slow", "rm slow", async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(())
        });
        let outcome = undo.run(Duration::from_secs(9), |_| ()).await;
        assert_eq!(outcome.undone, ["slow"]);
        assert_eq!(outcome.left, ["never (no time left): rm it"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupted_deed_ends_before_its_undo_runs() {
        let (undo, log) = (Undo::default(), Log::default());
        undo.push("undo", "rm it", step(&log, "undone"));
        let made = step(&log, "made");
        let deed = undo.finish(async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            made.await
        });
        // The interruption: the caller stops waiting after a second.
        let interrupted = tokio::time::timeout(Duration::from_secs(1), deed).await;
        assert!(interrupted.is_err());
        undo.run(Duration::from_secs(9), |_| ()).await;
        assert_eq!(*log.lock().expect("unpoisoned"), ["made", "undone"]);
    }
}
