//! What an earlier run left under the name of the image that is to be made.

use aws_sdk_ec2::types::ImageState;
use lib_common::{AssetId, Error, Exit, Result, tags};

use crate::described::Described;
use crate::ec2::Ec2;

/// What is there under the name.
pub enum Earlier {
    /// Nothing: the name is free.
    Nothing,
    /// The image, ready for use.
    Available(Described),
    /// The image, still being made.
    Pending(Described),
    /// The image, which will never be available.
    Broken(Described),
}

/// Looks for the image `name` of `asset_id`. An image of that name that is not this asset's
/// is an error: its name cannot be had, and it is nobody's to remove but its owner's.
pub async fn look(ec2: &Ec2, name: &str, asset_id: &AssetId) -> Result<Earlier> {
    let found = ec2.own_by_name(name).await?;
    if let Some(other) = found.iter().find(|image| !image.is_of(asset_id)) {
        return Err(taken(ec2, name, asset_id, other));
    }
    let mut live = found.into_iter().filter(|image| image.state != ImageState::Deregistered);
    let Some(image) = live.next() else {
        return Ok(Earlier::Nothing);
    };
    match image.state {
        ImageState::Available => Ok(Earlier::Available(image)),
        ImageState::Pending | ImageState::Transient => Ok(Earlier::Pending(image)),
        ImageState::Disabled => Err(Error::new(
            Exit::Exists,
            format!("the image {} ({name}, {}) is disabled", image.id, ec2.region),
        )
        .next(format!(
            "enable it with `aws ec2 enable-image --region {} --image-id {}`, or remove it with \
             `ail-ami rm`",
            ec2.region, image.id
        ))),
        _ => Ok(Earlier::Broken(image)),
    }
}

fn taken(ec2: &Ec2, name: &str, asset_id: &AssetId, other: &Described) -> Error {
    let what = format!(
        "the image name {name} is taken by {} (not tagged {}={asset_id}, {})",
        other.id,
        tags::ASSET_ID,
        ec2.region
    );
    Error::new(Exit::Exists, what)
        .because(format!("{} is {}, {}", other.id, other.state, other.tagged()))
        .next(format!(
            "take another --asset-id; or, if nobody needs it, `aws ec2 deregister-image \
             --region {} --image-id {}`",
            ec2.region, other.id
        ))
}
