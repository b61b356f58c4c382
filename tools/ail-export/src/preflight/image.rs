//! Whether the image is one that EC2 exports.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{BlockDeviceMapping, DeviceType, Image, ImageState, ProductCodeValues};
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

/// "VM Import/Export does not support exporting volumes larger than 1 TiB"
/// (VM Import/Export User Guide, "Considerations for image export").
const LARGEST_VOLUME_GIB: i32 = 1024;

/// All that stands in the way.
pub async fn check(ec2: &Client, id: &str, account: &str, region: &str) -> Vec<Error> {
    match find(ec2, id, region).await {
        Ok(image) if image.owner_id() == Some(account) => unfit(&image, id),
        Ok(image) => {
            let owner = image.owner_id().unwrap_or("of somebody else");
            let what = format!(
                "the image {id} belongs to the account {owner}; EC2 exports only one's own images"
            );
            let next = "copy it to this account (`aws ec2 copy-image`), and export the copy";
            vec![Error::new(Exit::Refused, what).next(next)]
        }
        Err(error) => vec![error],
    }
}

async fn find(ec2: &Client, id: &str, region: &str) -> Result<Image> {
    let answer = ec2.describe_images().image_ids(id).send().await.during("DescribeImages");
    let found = match answer {
        Ok(answer) => answer.images.unwrap_or_default().into_iter().next(),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error.context(format!("cannot look at the image {id}"))),
    };
    found.ok_or_else(|| {
        Error::new(Exit::NotFound, format!("the image {id} does not exist ({region})"))
            .next("check the id and the region")
    })
}

/// All that keeps an image of one's own from being exported.
fn unfit(image: &Image, id: &str) -> Vec<Error> {
    let mut problems = Vec::new();
    let mut refuse = |exit, what: String, next: &str| {
        problems.push(Error::new(exit, format!("the image {id} {what}")).next(next));
    };
    match image.state() {
        Some(ImageState::Available) => {}
        Some(ImageState::Pending) => refuse(
            Exit::Temporary,
            "is still pending".to_owned(),
            "wait until it is available: `ail-ami create`, run again, waits for it",
        ),
        state => refuse(
            Exit::Refused,
            format!("is {}, not available", state.map_or("in no state", ImageState::as_str)),
            "make a new one with `ail-ami create`",
        ),
    }
    if image.root_device_type() == Some(&DeviceType::InstanceStore) {
        refuse(
            Exit::Refused,
            "has an instance store as its root; EC2 exports only images on EBS".to_owned(),
            "make it from an instance with an EBS root volume",
        );
    }
    if image.product_codes().iter().any(of_marketplace) {
        refuse(
            Exit::Refused,
            "comes from the AWS Marketplace; EC2 does not export such images".to_owned(),
            "start from an image without product codes",
        );
    }
    for mapping in image.block_device_mappings() {
        let Some(ebs) = mapping.ebs() else { continue };
        if ebs.encrypted() == Some(true) {
            refuse(
                Exit::Refused,
                format!("has an encrypted snapshot ({}); EC2 does not export it", device(mapping)),
                "make the image from an instance with unencrypted volumes; where the account \
                 encrypts each new volume, `ail-export check` says so before there is an image",
            );
        }
        if let Some(size) = ebs.volume_size().filter(|size| *size > LARGEST_VOLUME_GIB) {
            refuse(
                Exit::Refused,
                format!(
                    "has a volume of {size} GiB ({}); EC2 exports at most {LARGEST_VOLUME_GIB} GiB",
                    device(mapping)
                ),
                "make the image from an instance with smaller volumes",
            );
        }
    }
    problems
}

fn of_marketplace(code: &aws_sdk_ec2::types::ProductCode) -> bool {
    code.product_code_type() == Some(&ProductCodeValues::Marketplace)
}

fn device(mapping: &BlockDeviceMapping) -> String {
    let name = mapping.device_name().unwrap_or("unnamed device");
    match mapping.ebs().and_then(|ebs| ebs.snapshot_id()) {
        Some(snapshot) => format!("{snapshot} of {name}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{EbsBlockDevice, ProductCode};

    use super::*;

    #[test]
    fn each_reason_is_found_and_all_of_them() {
        let ebs = EbsBlockDevice::builder()
            .snapshot_id("snap-1")
            .encrypted(true)
            .volume_size(LARGEST_VOLUME_GIB + 1);
        let image = Image::builder()
            .state(ImageState::Failed)
            .root_device_type(DeviceType::InstanceStore)
            .product_codes(
                ProductCode::builder().product_code_type(ProductCodeValues::Marketplace).build(),
            )
            .block_device_mappings(
                BlockDeviceMapping::builder().device_name("/dev/xvda").ebs(ebs.build()).build(),
            )
            .build();
        let found: Vec<_> = unfit(&image, "ami-1").iter().map(|e| e.what().to_owned()).collect();
        assert_eq!(
            found,
            [
                "the image ami-1 is failed, not available",
                "the image ami-1 has an instance store as its root; EC2 exports only images on EBS",
                "the image ami-1 comes from the AWS Marketplace; EC2 does not export such images",
                "the image ami-1 has an encrypted snapshot (snap-1 of /dev/xvda); EC2 does not \
                 export it",
                "the image ami-1 has a volume of 1025 GiB (snap-1 of /dev/xvda); EC2 exports at \
                 most 1024 GiB",
            ]
        );
    }

    #[test]
    fn the_largest_volume_is_still_exported() {
        let ebs = EbsBlockDevice::builder().encrypted(false).volume_size(LARGEST_VOLUME_GIB);
        let mapping = BlockDeviceMapping::builder().ebs(ebs.build()).build();
        let image =
            Image::builder().state(ImageState::Available).block_device_mappings(mapping).build();
        assert!(unfit(&image, "ami-1").is_empty());
    }
}
