//! Removing one thing: asking for it, and waiting until it is gone.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Result};
use tokio::time::Instant;

/// How long something may be held by what is going away itself: the network interface of a
/// terminated instance holds its security group, and its volumes, for a minute or two.
const HELD: Duration = Duration::from_secs(5 * 60);

/// Asks for the removal once the service takes it, and waits. `look` gives the state for as
/// long as the thing exists, `held` tells whether a refusal may pass. Says whether the thing
/// existed at all.
pub async fn until_gone<L, D>(
    waiter: &Waiter,
    task: &Task,
    look: impl Fn() -> L,
    delete: impl Fn() -> D,
    held: impl Fn(&Error) -> bool,
) -> Result<bool>
where
    L: Future<Output = Result<Option<String>>>,
    D: Future<Output = Result<()>>,
{
    let (asked, existed) = (Cell::new(false), Cell::new(false));
    let begun = Instant::now();
    let step = || async {
        let Some(state) = look().await? else {
            return Ok(Seen::Ready(existed.get()));
        };
        existed.set(true);
        if asked.get() {
            return Ok(Seen::Pending(state));
        }
        match delete().await {
            // That the service does not know it any more will show.
            Err(error) if error.is_not_found() => asked.set(true),
            Err(error) if held(&error) && begun.elapsed() < HELD => {
                return Ok(Seen::Pending(format!("{state}, still in use")));
            }
            other => {
                other?;
                asked.set(true);
            }
        }
        Ok(Seen::Pending("going".to_owned()))
    };
    waiter.until(task, step).await
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use lib_common::Exit;

    use super::*;

    /// A thing that `delete` takes away after `refusals` refusals.
    struct Thing {
        exists: Cell<bool>,
        refusals: Cell<u32>,
        deletes: RefCell<u32>,
    }

    async fn remove(thing: &Thing) -> Result<bool> {
        let waiter = Waiter::new("it to be gone", Duration::from_secs(3600));
        until_gone(
            &waiter,
            &Task::silent(),
            || async { Ok(thing.exists.get().then(|| "available".to_owned())) },
            || async {
                *thing.deletes.borrow_mut() += 1;
                if thing.refusals.get() > 0 {
                    thing.refusals.set(thing.refusals.get() - 1);
                    return Err(Error::new(Exit::Refused, "in use"));
                }
                thing.exists.set(false);
                Ok(())
            },
            |error| error.what() == "in use",
        )
        .await
    }

    fn thing(exists: bool, refusals: u32) -> Thing {
        Thing { exists: exists.into(), refusals: refusals.into(), deletes: 0.into() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_gone_is_not_asked_for() {
        let thing = thing(false, 0);
        assert!(!remove(&thing).await.expect("gone"));
        assert_eq!(thing.deletes.take(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_for_a_while_is_asked_for_again() {
        let thing = thing(true, 3);
        assert!(remove(&thing).await.expect("removed"));
        assert_eq!(thing.deletes.take(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_for_ever_fails_with_the_refusal() {
        let begun = Instant::now();
        let error = remove(&thing(true, u32::MAX)).await.expect_err("held");
        assert_eq!(error.what(), "in use");
        assert!(begun.elapsed() < HELD + Duration::from_secs(30));
    }
}
