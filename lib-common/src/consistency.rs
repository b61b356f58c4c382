//! Calls that name what was made a moment ago, which not every part of a service knows at once.

use std::sync::Mutex;
use std::time::Duration;

use crate::progress::Task;
use crate::wait::{CONSISTENCY, Seen, Waiter};
use crate::{Error, Exit, Result};

/// Makes the call again, for a while, where it does not know yet what it names. That costs
/// no call where it does, as a look beforehand would. It is for calls that follow a creation: of
/// what was there before the answer is the truth, and the wait is for nothing.
pub async fn once_known<T, F>(call: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let last: Mutex<Option<Error>> = Mutex::new(None);
    let waiter = Waiter::new("the service to know what was just made", CONSISTENCY)
        .every(Duration::from_millis(300), Duration::from_secs(5));
    let ended = waiter
        .until(&Task::silent(), || async {
            match call().await {
                Ok(value) => Ok(Seen::Ready(value)),
                Err(error) if is_too_early(error.code()) => {
                    let state = error.summary();
                    *last.lock().expect("no panic") = Some(error);
                    Ok(Seen::Pending(state))
                }
                Err(error) => Err(error),
            }
        })
        .await;
    match (ended, last.into_inner().expect("no panic")) {
        (Err(error), Some(unknown)) if error.exit() == Exit::TimedOut => Err(unknown),
        (ended, _) => ended,
    }
}

/// Whether the code says that a part of the network or of IAM is unknown, or not ready for this
/// yet (EC2 Developer Guide, "Eventual consistency"; IAM User Guide, "Changes that I make are not
/// always immediately visible"); an unknown image or key pair is the caller's mistake, and no
/// wait mends it.
fn is_too_early(code: Option<&str>) -> bool {
    const CODES: [&str; 12] = [
        "IncorrectInstanceState",
        "InvalidAllocationID.NotFound",
        "InvalidGroup.NotFound",
        "InvalidGroupId.NotFound",
        "InvalidInstanceID.NotFound",
        "InvalidInternetGatewayID.NotFound",
        "InvalidNatGatewayID.NotFound",
        "InvalidNetworkInterfaceID.NotFound",
        "InvalidRouteTableID.NotFound",
        "InvalidSubnetID.NotFound",
        "InvalidVpcID.NotFound",
        // IAM has one code for users, roles, profiles and policies.
        "NoSuchEntity",
    ];
    code.is_some_and(|code| CODES.contains(&code))
}

/// What a look gives, as soon as it gives something: what comes with a thing that was just
/// made is not to be seen at once everywhere.
pub async fn once_there<T, F>(what: &str, look: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let waiter =
        Waiter::new(what, CONSISTENCY).every(Duration::from_millis(300), Duration::from_secs(5));
    let task = Task::silent();
    waiter.until(&task, || async { Ok(look().await?.map_or(Seen::Missing, Seen::Ready)) }).await
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use tokio::time::Instant;

    use super::*;

    /// A call that is answered with these codes, one after the other, and then works. Gives how
    /// it ended, and how often it was made.
    async fn call(codes: &[&str]) -> (Result<()>, usize) {
        let (codes, count) = (RefCell::new(codes.iter()), RefCell::new(0));
        let ended = once_known(|| async {
            *count.borrow_mut() += 1;
            match codes.borrow_mut().next() {
                Some(code) => Err(Error::new(Exit::NotFound, "unknown").coded(*code)),
                None => Ok(()),
            }
        });
        (ended.await, count.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_known_yet_is_asked_for_again() {
        let (ended, calls) = call(&["InvalidGroup.NotFound", "NoSuchEntity"]).await;
        ended.expect("it is known at the third call");
        assert_eq!(calls, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_mistake_of_the_caller_is_not_waited_for() {
        let (ended, calls) = call(&["InvalidKeyPair.NotFound"]).await;
        assert_eq!((ended.expect_err("there is none").exit(), calls), (Exit::NotFound, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_stays_unknown_is_told_in_the_service_s_words() {
        let began = Instant::now();
        let (ended, _) = call(&["NoSuchEntity"; 1000]).await;
        assert_eq!(ended.expect_err("it is never known").code(), Some("NoSuchEntity"));
        assert_eq!(began.elapsed(), CONSISTENCY);
    }
}
