//! Deregistering images, with their snapshots.

use std::cell::RefCell;

use aws_sdk_ec2::types::{DeleteSnapshotReturnCode, Filter, SnapshotReturnCodes};
use lib_common::Result;
use lib_common::asset::Asset;
use lib_common::aws::During;
use lib_common::progress::Task;

use super::deeds::{Done, Remover, fate};
use super::until_gone::until_gone;
use crate::result::Fate;

/// Snapshots that carry the tags have a turn of their own afterwards, and a result of their
/// own; what is said here is said of those that do not, too.
pub async fn remove(remover: &Remover<'_>, asset: &Asset, task: &Task) -> Result<Done> {
    let (ec2, id) = (&remover.account.ec2, asset.id.as_str());
    let kept = RefCell::new(Vec::new());
    let look = || async {
        let filter = Filter::builder().name("image-id").values(id).build();
        let answer = ec2
            .describe_images()
            .owners("self")
            .include_deprecated(true)
            .include_disabled(true)
            .filters(filter)
            .send()
            .await
            .during("DescribeImages")?;
        Ok(answer.images().first().and_then(|i| i.state()).map(ToString::to_string))
    };
    let delete = || async {
        let asked =
            ec2.deregister_image().image_id(id).delete_associated_snapshots(true).send().await;
        let answer = asked.during("DeregisterImage")?;
        *kept.borrow_mut() = answer.delete_snapshot_results().iter().filter_map(why_kept).collect();
        Ok(())
    };
    let existed = until_gone(&remover.waiter(asset), task, look, delete, |_| false).await?;
    let kept = kept.into_inner();
    match kept.is_empty() {
        true => Ok(fate(asset, existed)),
        false => Ok((Fate::Removed, Some(kept.join("; ")))),
    }
}

fn why_kept(snapshot: &DeleteSnapshotReturnCode) -> Option<String> {
    let id = snapshot.snapshot_id().unwrap_or("a snapshot");
    match snapshot.return_code()? {
        SnapshotReturnCodes::Success => None,
        SnapshotReturnCodes::WarnSkipped => Some(format!("{id} stays: another image uses it")),
        other => Some(format!("{id} was not deleted with it: {other}")),
    }
}
