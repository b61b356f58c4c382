//! Waiting until EC2 knows a new instance profile.

use std::time::Duration;

use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Result};

/// It takes about ten seconds (EC2 User Guide, "Instance profiles"); a minute is bad luck.
const FIT: Duration = Duration::from_secs(60);

/// How EC2 says it, and how Auto Scaling does of a launch configuration.
const UNKNOWN: [&str; 2] = ["Invalid IAM Instance Profile", "Invalid IamInstanceProfile"];

/// Makes a call again for as long as EC2 does not know the profile that it names.
pub async fn wait<T, F>(
    context: &Context,
    task: &Task,
    what: &str,
    mut call: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let waiter = Waiter::new(what, FIT.min(context.timeout(FIT)))
        .every(Duration::from_millis(500), Duration::from_secs(2));
    let answer = waiter.until(task, || {
        let called = call();
        async {
            match called.await {
                Ok(value) => Ok(Seen::Ready(value)),
                // Neither service has a code of its own for it.
                Err(error) if UNKNOWN.iter().any(|words| error.to_string().contains(words)) => {
                    Ok(Seen::Pending("the instance profile is not known yet".to_owned()))
                }
                Err(error) if error.to_string().contains("has no associated IAM Roles") => {
                    Ok(Seen::Pending("the instance profile has no role yet".to_owned()))
                }
                Err(error) => Err(error),
            }
        }
    });
    answer.await
}
