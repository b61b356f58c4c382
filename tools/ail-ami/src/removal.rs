//! Deregistering an image together with its snapshots.

use aws_sdk_ec2::types::SnapshotReturnCodes;
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::described::Described;
use crate::ec2::{Ec2, is_gone};
use crate::snapshots::Fate;

/// Deregisters the image and deletes its snapshots. The image is gone if this is `Ok`;
/// what became of the snapshots is said of each.
pub async fn remove(ec2: &Ec2, image: &Described) -> Result<Vec<(String, Fate)>> {
    let request = ec2.client.deregister_image().image_id(&image.id);
    let answer = match request.delete_associated_snapshots(true).send().await {
        Ok(answer) => answer.delete_snapshot_results.unwrap_or_default(),
        Err(error) => match Err::<(), _>(error).during("DeregisterImage") {
            Err(error) if is_gone(error.code()) => Vec::new(),
            other => {
                let what = || format!("cannot deregister {} ({})", image.id, ec2.region);
                return other.explain(what).map(|()| Vec::new());
            }
        },
    };
    let mut fates = Vec::new();
    for result in answer {
        let (Some(id), Some(code)) = (result.snapshot_id, result.return_code) else {
            continue;
        };
        fates.push((id, fate(&code)));
    }
    // Those of which the answer does not tell: EC2 deletes none for an image that was still
    // being made, and endpoints of an older API know no such deletion.
    for id in &image.snapshots {
        if !fates.iter().any(|(told, _)| told == id) {
            fates.push((id.clone(), ec2.delete_snapshot(id, Some(&image.id)).await));
        }
    }
    Ok(fates)
}

/// EC2 API Reference, DeleteSnapshotReturnCode.
fn fate(code: &SnapshotReturnCodes) -> Fate {
    match code {
        SnapshotReturnCodes::Success => Fate::Deleted,
        SnapshotReturnCodes::WarnSkipped => Fate::InUse("another image uses it".to_owned()),
        SnapshotReturnCodes::ErrorMissingPermissions => Fate::Failed(
            Error::new(Exit::Permission, "not permitted")
                .next("allow ec2:DeleteSnapshot, then run the same command again"),
        ),
        other => Fate::Failed(Error::new(Exit::Temporary, other.as_str())),
    }
}
