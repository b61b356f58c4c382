//! Waiting for a task to end.

use lib_common::progress;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};

use crate::job::Job;
use crate::task::{self, State};

/// Waits until the task is completed. One that is deleted has failed.
pub async fn until_completed(
    job: &Job,
    id: &str,
    waiter: &Waiter,
    shown: &progress::Task,
) -> Result<()> {
    waiter
        .until(shown, || async {
            let Some(task) = task::find(&job.clients.ec2, id).await? else {
                return Ok(Seen::Missing);
            };
            match task.state {
                State::Completed => Ok(Seen::Ready(())),
                State::Active => Ok(Seen::Pending(task.how_far())),
                State::Deleting | State::Deleted => {
                    let why = task.message.as_deref().unwrap_or("EC2 gives no reason");
                    Err(Error::new(Exit::Failed, format!("{id} failed: {why}")).next(format!(
                        "mend the cause, then run the same command again: {} stays for it",
                        job.image
                    )))
                }
            }
        })
        .await
}
