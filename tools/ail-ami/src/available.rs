//! Waiting until an image is available.

use std::time::Duration;

use aws_sdk_ec2::types::ImageState;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Result};

use crate::described::Described;
use crate::ec2::Ec2;

/// Waits until the image is available; that it failed is an error that says why.
pub async fn wait(
    context: &Context,
    ec2: &Ec2,
    id: &str,
    name: &str,
    fit: Duration,
) -> Result<Described> {
    let task = context.progress().task(format!("{id} ({name}, {})", ec2.region));
    let waiter =
        Waiter::new(format!("{id} ({name}, {}) to be available", ec2.region), context.timeout(fit));
    let available = waiter.until(&task, || look(ec2, id)).await?;
    task.done("available");
    Ok(available)
}

async fn look(ec2: &Ec2, id: &str) -> Result<Seen<Described>> {
    let Some(image) = ec2.by_id(id).await? else {
        return Ok(Seen::Missing);
    };
    match image.state {
        ImageState::Available => Ok(Seen::Ready(image)),
        ImageState::Pending | ImageState::Transient => {
            Ok(Seen::Pending(format!("{}{}", image.state, progress(ec2, &image).await)))
        }
        _ => Err(failed(ec2, &image)),
    }
}

/// How far its snapshots are, for the eye: an image tells no percentage, and a snapshot that
/// cannot be read is no failure of the image.
async fn progress(ec2: &Ec2, image: &Described) -> String {
    if image.snapshots.is_empty() {
        return String::new();
    }
    let request = ec2.client.describe_snapshots();
    let answer = request.set_snapshot_ids(Some(image.snapshots.clone())).send().await;
    let snapshots = answer.ok().and_then(|answer| answer.snapshots).unwrap_or_default();
    let percent = |text: &str| text.trim_end_matches('%').parse::<u8>().ok();
    let slowest = snapshots.iter().filter_map(|snapshot| percent(snapshot.progress()?)).min();
    slowest.map(|percent| format!(" {percent} %")).unwrap_or_default()
}

/// The error of an image that will never be available.
pub fn failed(ec2: &Ec2, image: &Described) -> Error {
    let Described { id, name, state, .. } = image;
    let error =
        Error::new(Exit::Failed, format!("the image {id} ({name}, {}) is {state}", ec2.region));
    match &image.reason {
        Some(reason) => error.because(reason),
        None => error.because("EC2 gives no reason"),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{Image, StateReason};

    use super::*;

    #[test]
    fn a_failed_image_gives_the_services_reason() {
        let config = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("eu-central-1"))
            .build();
        let reason = StateReason::builder().message("Client.InternalError: no space.").build();
        let image = Image::builder()
            .image_id("ami-1")
            .name("ail-1.0")
            .state(ImageState::Failed)
            .state_reason(reason)
            .build();
        assert_eq!(
            failed(&Ec2::new(&config), &image.into()).to_string(),
            "the image ami-1 (ail-1.0, eu-central-1) is failed\n  Client.InternalError: no space"
        );
    }
}
