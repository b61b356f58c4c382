//! Whether something may be made public: what EC2 would refuse, said before anything is
//! changed.

use aws_sdk_ec2::types::{ManagedBy, SnapshotBlockPublicAccessState};
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::described::Described;
use crate::ec2::Ec2;

/// The account's block of public access in one region.
struct Block<'a> {
    /// What it is for: "image" or "snapshot".
    of: &'a str,
    state: String,
    /// Set by the organization, out of the account's hands.
    imposed: bool,
}

/// Refuses an image that cannot become public.
pub async fn check_image(ec2: &Ec2, image: &Described) -> Result<()> {
    if !image.encrypted.is_empty() {
        return Err(encrypted(ec2, image));
    }
    let answer = ec2
        .client
        .get_image_block_public_access_state()
        .send()
        .await
        .during("GetImageBlockPublicAccessState")
        .explain(|| unknown(ec2, "images"))?;
    let state = answer.image_block_public_access_state().unwrap_or("unknown").to_owned();
    let imposed = answer.managed_by() == Some(&ManagedBy::DeclarativePolicy);
    check(ec2, &image.id, &Block { of: "image", state, imposed })
}

/// Refuses snapshots that cannot become public.
pub async fn check_snapshots(ec2: &Ec2, image: &Described) -> Result<()> {
    if !image.encrypted.is_empty() {
        return Err(encrypted(ec2, image));
    }
    let answer = ec2
        .client
        .get_snapshot_block_public_access_state()
        .send()
        .await
        .during("GetSnapshotBlockPublicAccessState")
        .explain(|| unknown(ec2, "snapshots"))?;
    let state = answer.state().map_or("unknown", SnapshotBlockPublicAccessState::as_str);
    let imposed = answer.managed_by() == Some(&ManagedBy::DeclarativePolicy);
    let what = format!("the snapshots of {}", image.id);
    check(ec2, &what, &Block { of: "snapshot", state: state.to_owned(), imposed })
}

fn check(ec2: &Ec2, what: &str, block: &Block<'_>) -> Result<()> {
    let Block { of, state, imposed } = block;
    if state == "unblocked" {
        return Ok(());
    }
    let region = &ec2.region;
    let error = Error::new(Exit::Refused, format!("cannot make {what} public ({region})"))
        .because(format!("this account blocks public access to its {of}s there ({state})"));
    Err(match imposed {
        true => error.next(
            "share with single accounts by --account; the block is a policy of the \
             organization: ask its administrators",
        ),
        false => error.next(format!(
            "share with single accounts by --account; or, if {of}s of this account may be \
             public, lift the block yourself: `aws ec2 disable-{of}-block-public-access \
             --region {region}` (it takes up to 10 minutes)",
        )),
    })
}

fn encrypted(ec2: &Ec2, image: &Described) -> Error {
    let Described { id, name, encrypted, .. } = image;
    let what = format!("cannot make {id} ({name}, {}) public", ec2.region);
    Error::new(Exit::Refused, what)
        .because(format!("encrypted: {}", encrypted.join(", ")))
        .next("make the image of an instance whose volume is not encrypted")
}

fn unknown(ec2: &Ec2, what: &str) -> String {
    format!("cannot tell whether {what} may be public ({})", ec2.region)
}
