//! Ending a task before its time.

use aws_sdk_ec2::Client;
use lib_common::aws::During;
use lib_common::progress;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Exit, Result};

use crate::task::{self, State};

/// How a task ended that was to be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is gone.
    Cancelled,
    /// It was faster: its object is in the bucket.
    Completed,
}

/// Cancels a task and waits until it is gone.
pub async fn cancel(
    context: &Context,
    ec2: &Client,
    id: &str,
    waiter: &Waiter,
    shown: &progress::Task,
) -> Result<Ended> {
    let ended = waiter
        .until(shown, || async {
            let Some(task) = task::find(ec2, id).await? else {
                return Ok(Seen::Missing);
            };
            match task.state {
                State::Active => {
                    cancel_once(context, ec2, id).await?;
                    Ok(Seen::Pending("cancelling".to_owned()))
                }
                State::Deleting => Ok(Seen::Pending("deleting".to_owned())),
                State::Deleted => Ok(Seen::Ready(Ended::Cancelled)),
                State::Completed => Ok(Seen::Ready(Ended::Completed)),
            }
        })
        .await;
    match ended {
        // EC2 forgets tasks some time after their end.
        Err(error) if error.is_not_found() => Ok(Ended::Cancelled),
        ended => ended,
    }
}

async fn cancel_once(context: &Context, ec2: &Client, id: &str) -> Result<()> {
    let call = ec2.cancel_export_task().export_task_id(id);
    let deed = async move { call.send().await.during("CancelExportTask") };
    match context.undo().finish(deed).await {
        // It may have ended by itself this very moment. EC2's codes for that differ.
        Err(error) if matches!(error.exit(), Exit::Refused | Exit::NotFound) => {
            match task::find(ec2, id).await? {
                Some(task) if task.is_active() => Err(error),
                _ => Ok(()),
            }
        }
        result => result.map(drop),
    }
}
