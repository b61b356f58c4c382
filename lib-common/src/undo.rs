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
    /// The step that is running, as `left` would say it.
    running: Option<String>,
    kept: Vec<(u64, String)>,
}

/// The steps that take back what was done so far, run in reverse order.
#[derive(Clone)]
pub struct Undo {
    steps: Arc<Mutex<Steps>>,
    under_way: watch::Sender<usize>,
    begun: watch::Sender<bool>,
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
    /// What was finished before and stays.
    pub kept: Vec<String>,
}

impl Default for Undo {
    fn default() -> Self {
        Self {
            steps: Arc::default(),
            under_way: watch::channel(0).0,
            begun: watch::channel(false).0,
        }
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
        let number = steps.take_number();
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
        let mut steps = self.lock();
        steps.steps.retain(|step| step.number != ticket.0);
        steps.kept.retain(|(number, _)| *number != ticket.0);
    }

    /// Notes something that is finished, or goes on by itself, and stays, whatever becomes
    /// of the rest: a failure or an interruption later names it as done before.
    pub fn keep(&self, what: impl Into<String>) -> Ticket {
        let mut steps = self.lock();
        let number = steps.take_number();
        steps.kept.push((number, what.into()));
        Ticket(number)
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

    /// Ends once taking back has begun: what only waits need not go on then.
    pub(crate) fn begun(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut begun = self.begun.subscribe();
        async move {
            if begun.wait_for(|begun| *begun).await.is_err() {
                // Whoever could begin it is gone.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Runs all steps, the last one first, each to its end or until `deadline`; what
    /// could not be taken back is reported, and the others still run.
    pub async fn run(&self, deadline: Duration, mut report: impl FnMut(&str)) -> Undone {
        self.begun.send_replace(true);
        let mut settled = self.under_way.subscribe();
        // An error means that the sender is gone, and it lives in `self`.
        let _ = tokio::time::timeout(SETTLE, settled.wait_for(|count| *count == 0)).await;

        let end = tokio::time::Instant::now() + deadline;
        let mut outcome = Undone { kept: self.kept(), ..Undone::default() };
        loop {
            // Taken one at a time: a second signal leaves the rest for `left`.
            let Some(step) = self.next_step() else {
                break;
            };
            report(&step.what);
            let ended = tokio::time::timeout_at(end, step.deed).await;
            self.lock().running = None;
            match ended {
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
        let waiting = steps.steps.iter().rev();
        let waiting = waiting.map(|step| left(&step.what, &step.remedy, "not tried"));
        steps.running.clone().into_iter().chain(waiting).collect()
    }

    /// What is finished and stays.
    #[must_use]
    pub fn kept(&self) -> Vec<String> {
        self.lock().kept.iter().map(|(_, what)| what.clone()).collect()
    }

    fn next_step(&self) -> Option<Step> {
        let mut steps = self.lock();
        let step = steps.steps.pop()?;
        steps.running = Some(left(&step.what, &step.remedy, "broken off"));
        Some(step)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Steps> {
        // A panic elsewhere must not keep the clean-up from running.
        self.steps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Steps {
    fn take_number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
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
    /// Adds to the error what the clean-up after it did and what it left, and what was
    /// finished before.
    #[must_use]
    pub fn after(mut self, undone: Undone) -> Self {
        for what in undone.undone {
            self = self.because(format!("undone: {what}"));
        }
        for what in undone.left {
            self = self.because(format!("left: {what}"));
        }
        for what in undone.kept {
            self = self.done(what);
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
    async fn a_clean_up_that_is_broken_off_leaves_nothing_unsaid() {
        let undo = Undo::default();
        undo.push("a", "rm a", std::future::pending());
        undo.push("b", "rm b", std::future::pending());
        let run = undo.run(Duration::from_secs(9), |_| ());
        assert!(tokio::time::timeout(Duration::from_secs(1), run).await.is_err());
        assert_eq!(undo.left(), ["b (broken off): rm b", "a (not tried): rm a"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_finished_is_told_as_done_before() {
        let undo = Undo::default();
        undo.keep("vmdk is exported");
        let ticket = undo.keep("the build goes on");
        undo.settle(ticket);
        undo.push("cancel vhd", "cancel it", async { Ok(()) });
        let undone = undo.run(Duration::from_secs(9), |_| ()).await;
        let error = Error::new(Exit::Interrupted, "interrupted").after(undone);
        assert_eq!(
            error.to_string(),
            "interrupted\n  undone: cancel vhd\n  done before: vmdk is exported"
        );
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
