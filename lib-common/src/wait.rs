//! The one way to wait for a state.

use std::future::Future;
use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, sleep_until};

use crate::progress::Task;
use crate::undo::Undo;
use crate::{Error, Exit, Result};

/// AWS: what a create call named may be unknown to the next call for up to two
/// minutes (EC2 Developer Guide, "Eventual consistency").
pub const CONSISTENCY: Duration = Duration::from_secs(120);

/// What one look at the thing found.
#[derive(Debug)]
pub enum Seen<T> {
    /// It is what was waited for.
    Ready(T),
    /// It is on its way; the text is its state as the service names it, with a
    /// percentage where there is one.
    Pending(String),
    /// The service does not know it (yet).
    Missing,
}

/// A wait for one thing.
///
/// Polls grow from `first` to `longest` apart, with jitter, so that many waits do not
/// ask at the same moment. An error of a look ends the wait, unless it is a passing one
/// and an earlier look was answered: a wait of hours outlives a lost connection.
#[derive(Clone, Debug)]
pub struct Waiter {
    what: String,
    deadline: Instant,
    timeout: Duration,
    first: Duration,
    longest: Duration,
    successes: u32,
    undo: Option<Undo>,
}

impl Waiter {
    /// Waits for `what` ("ami-1 to be available") for at most `timeout`.
    #[must_use]
    pub fn new(what: impl Into<String>, timeout: Duration) -> Self {
        Self {
            what: what.into(),
            deadline: Instant::now() + timeout,
            timeout,
            first: Duration::from_millis(500),
            // Below the minute after which CI systems begin to doubt a silent job, and
            // slow enough for a hundred parallel waits to stay under EC2's 20 requests
            // a second.
            longest: Duration::from_secs(15),
            successes: 1,
            undo: None,
        }
    }

    /// For a wait within [`Undo::finish`]: an interruption ends it between two looks, while
    /// a look itself is never torn.
    #[must_use]
    pub fn interruptible(mut self, undo: &Undo) -> Self {
        self.undo = Some(undo.clone());
        self
    }

    /// Wants several `Ready` in a row: one answer may come from a stale replica.
    #[must_use]
    pub fn successes(mut self, successes: u32) -> Self {
        self.successes = successes.max(1);
        self
    }

    /// Sets the shortest and the longest time between two looks.
    #[must_use]
    pub fn every(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// Looks until the thing is ready, its state is final in another way (an error of
    /// `look`), or the deadline passes. States are reported to `task`.
    pub async fn until<T, F>(&self, task: &Task, mut look: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<Seen<T>>>,
    {
        let started = Instant::now();
        let mut pause = self.first;
        let mut in_a_row = 0;
        let mut answered = false;
        let mut last = String::from("nothing yet");
        loop {
            let seen = tokio::time::timeout_at(self.deadline, look())
                .await
                .map_err(|_| self.timed_out(&last))?;
            answered |= seen.is_ok();
            match seen {
                Ok(Seen::Ready(value)) => {
                    in_a_row += 1;
                    if in_a_row >= self.successes {
                        return Ok(value);
                    }
                }
                Ok(Seen::Pending(state)) => {
                    in_a_row = 0;
                    task.state(&state);
                    last = state;
                }
                Ok(Seen::Missing) => {
                    in_a_row = 0;
                    if started.elapsed() >= CONSISTENCY {
                        return Err(Error::new(
                            Exit::NotFound,
                            format!("waited for {}: the service does not know it", self.what),
                        ));
                    }
                    last = "not known to the service yet".to_owned();
                }
                Err(error) if answered && error.is_passing() => {
                    in_a_row = 0;
                    last = error.summary();
                    task.state(&last);
                }
                Err(error) => return Err(error),
            }
            let next = Instant::now() + jittered(pause);
            if next >= self.deadline {
                sleep_until(self.deadline).await;
                return Err(self.timed_out(&last));
            }
            self.pause(next).await?;
            pause = pause.mul_f64(1.5).min(self.longest);
        }
    }

    async fn pause(&self, until: Instant) -> Result<()> {
        let Some(undo) = &self.undo else {
            sleep_until(until).await;
            return Ok(());
        };
        tokio::select! {
            () = sleep_until(until) => Ok(()),
            () = undo.begun() => {
                Err(Error::new(Exit::Interrupted, format!("no longer waiting for {}", self.what)))
            }
        }
    }

    fn timed_out(&self, last: &str) -> Error {
        let timeout = humantime::format_duration(self.timeout);
        Error::new(Exit::TimedOut, format!("waited {timeout} for {}", self.what))
            .because(format!("last seen: {last}"))
            .next("run the same command again to go on waiting, or give a longer --timeout")
    }
}

fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.75..1.25))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Gives the looks in order, then the last one for ever.
    async fn wait(waiter: &Waiter, looks: Vec<Result<Seen<u8>>>) -> (Result<u8>, usize) {
        let looks = RefCell::new(looks.into_iter());
        let count = RefCell::new(0);
        let result = waiter
            .until(&Task::silent(), || async {
                *count.borrow_mut() += 1;
                looks.borrow_mut().next().unwrap_or_else(|| Ok(Seen::Pending("pending".into())))
            })
            .await;
        (result, count.into_inner())
    }

    fn minutes(n: u64) -> Duration {
        Duration::from_secs(60 * n)
    }

    fn pending() -> Result<Seen<u8>> {
        Ok(Seen::Pending("pending".to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_ready() {
        let waiter = Waiter::new("it", minutes(9));
        let (result, looks) = wait(&waiter, vec![pending(), pending(), Ok(Seen::Ready(7))]).await;
        assert_eq!((result.expect("ready"), looks), (7, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn an_interruption_ends_it_between_two_looks() {
        let undo = Undo::default();
        let waiter = Waiter::new("it", minutes(9)).interruptible(&undo);
        let looks = vec![pending(), Ok(Seen::Ready(7))];
        assert_eq!(wait(&waiter, looks).await.0.expect("nobody interrupts it"), 7);
        let interrupt = async {
            tokio::time::sleep(minutes(1)).await;
            undo.run(minutes(1), |_| ()).await;
        };
        let ((result, _), _) = tokio::join!(wait(&waiter, Vec::new()), interrupt);
        let error = result.expect_err("it never was ready");
        assert_eq!(
            (error.exit(), error.to_string()),
            (Exit::Interrupted, "no longer waiting for it".to_owned())
        );
    }

    #[tokio::test(start_paused = true)]
    async fn one_stale_success_is_not_enough() {
        let waiter = Waiter::new("it", minutes(9)).successes(2);
        let looks = vec![Ok(Seen::Ready(1)), pending(), Ok(Seen::Ready(2)), Ok(Seen::Ready(3))];
        let (result, looks) = wait(&waiter, looks).await;
        assert_eq!((result.expect("ready"), looks), (3, 4));
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_is_kept_to_the_second_and_says_the_last_state() {
        let started = Instant::now();
        let (result, looks) =
            wait(&Waiter::new("ami-1 to be available", minutes(10)), vec![]).await;
        let error = result.expect_err("never ready");
        assert_eq!(started.elapsed(), minutes(10));
        assert_eq!(error.exit(), Exit::TimedOut);
        assert!(
            error.to_string().starts_with(
                "waited 10m for ami-1 to be available\n  last seen: pending\n  next: "
            )
        );
        // 15 s apart with a quarter of jitter, after a start that grows from 0.5 s.
        assert!((35..70).contains(&looks), "{looks} looks");
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_hangs_is_ended_by_the_deadline() {
        let waiter = Waiter::new("it", minutes(1));
        let result: Result<u8> =
            waiter.until(&Task::silent(), std::future::pending::<Result<Seen<u8>>>).await;
        assert_eq!(result.expect_err("hangs").exit(), Exit::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_at_first_is_eventual_consistency() {
        let waiter = Waiter::new("it", minutes(9));
        let looks = vec![Ok(Seen::Missing), Ok(Seen::Missing), Ok(Seen::Ready(1))];
        assert_eq!(wait(&waiter, looks).await.0.expect("ready"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn unknown_for_two_minutes_is_not_found() {
        let started = Instant::now();
        let waiter = Waiter::new("it", minutes(9));
        let result: Result<u8> =
            waiter.until(&Task::silent(), || async { Ok(Seen::Missing) }).await;
        assert_eq!(result.expect_err("missing").exit(), Exit::NotFound);
        assert!(started.elapsed() < CONSISTENCY + Duration::from_secs(20));
    }

    #[tokio::test(start_paused = true)]
    async fn a_temporary_fault_is_waited_out_and_another_is_not() {
        let waiter = Waiter::new("it", minutes(9));
        let fault = |exit| Err(Error::new(exit, "fault"));
        let looks = vec![pending(), fault(Exit::Temporary), Ok(Seen::Ready(1))];
        assert_eq!(wait(&waiter, looks).await.0.expect("ready"), 1);
        let (result, looks) = wait(&waiter, vec![fault(Exit::Temporary)]).await;
        assert_eq!((result.expect_err("never answered").exit(), looks), (Exit::Temporary, 1));
        let (result, looks) =
            wait(&waiter, vec![fault(Exit::Permission), Ok(Seen::Ready(1))]).await;
        assert_eq!((result.expect_err("denied").exit(), looks), (Exit::Permission, 1));
    }
}
