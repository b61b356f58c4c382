//! Calls that name what was made a moment ago, which not every part of EC2 knows at once.

use std::sync::Mutex;
use std::time::Duration;

use lib_common::progress::Task;
use lib_common::wait::{CONSISTENCY, Seen, Waiter};
use lib_common::{Error, Exit, Result};

/// Makes the call again, for a while, where it does not know yet what it names. That costs
/// no call where it does, as a look beforehand would.
pub async fn once_known<T, F>(call: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let last: Mutex<Option<Error>> = Mutex::new(None);
    let waiter = Waiter::new("EC2 to know what was just made", CONSISTENCY)
        .every(Duration::from_millis(300), Duration::from_secs(5));
    let ended = waiter
        .until(&Task::silent(), || async {
            match call().await {
                Ok(value) => Ok(Seen::Ready(value)),
                Err(error) if is_of_network(error.code()) => {
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

/// Whether the code says that a part of the network is unknown, or not ready for this yet;
/// an unknown image or key pair is the caller's mistake, and no wait mends it.
fn is_of_network(code: Option<&str>) -> bool {
    const PARTS: [&str; 11] = [
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
    ];
    code.is_some_and(|code| PARTS.contains(&code))
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
