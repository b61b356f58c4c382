//! Cancelling exports, and forgetting those that have ended.

use lib_common::asset::Asset;
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::{Error, Result, tags};

use aws_sdk_ec2::types::Tag;

use super::deeds::{Done, Remover, fate};
use super::until_gone::until_gone;
use crate::marks::Marks;
use crate::result::Fate;

/// The state of a task whose object is written.
pub const COMPLETED: &str = "completed";

/// A task that has ended is a memory of EC2, which nobody can delete: without its tags it
/// belongs to nothing any more.
pub async fn remove(remover: &Remover<'_>, asset: &Asset, task: &Task) -> Result<Done> {
    let (ec2, id) = (&remover.account.ec2, asset.id.as_str());
    let state = || async {
        let answer = ec2.describe_export_image_tasks().export_image_task_ids(id).send().await;
        let answer = match answer.during("DescribeExportImageTasks") {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other?,
        };
        let found = answer.export_image_tasks().first();
        let ours = found.filter(|task| Marks::of_ec2(task.tags()).asset_id.is_some());
        let state = ours.and_then(|task| task.status()).map(str::to_owned);
        Ok::<_, Error>(state.filter(|state| state != "deleted"))
    };
    let delete = || async {
        match state().await?.as_deref() {
            Some(COMPLETED) => {
                let own = [tags::ASSET_ID, tags::TOOL, tags::RUN, tags::EXPIRES];
                let own = own.map(|key| Tag::builder().key(key).build()).to_vec();
                let asked = ec2.delete_tags().resources(id).set_tags(Some(own)).send().await;
                asked.during("DeleteTags").map(drop)
            }
            Some("active") => {
                let asked = ec2.cancel_export_task().export_task_id(id).send().await;
                asked.during("CancelExportTask").map(drop)
            }
            _ => Ok(()),
        }
    };
    // It ended between the look and the call: the next look tells how.
    let held = |error: &Error| error.code() == Some("IncorrectState");
    let existed = until_gone(&remover.waiter(asset), task, state, delete, held).await?;
    match asset.state == COMPLETED && existed {
        true => Ok((Fate::Removed, Some("untagged; EC2 forgets it by itself".to_owned()))),
        false => Ok(fate(asset, existed)),
    }
}
