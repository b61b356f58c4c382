//! An image as EC2 describes it.

use aws_sdk_ec2::types::{EbsBlockDevice, Image as Answer, ImageState, Tag};
use jiff::Timestamp;
use lib_common::record::Image;
use lib_common::{AssetId, tags};

/// An image as EC2 describes it.
#[derive(Clone, Debug)]
pub struct Described {
    pub id: String,
    pub name: String,
    pub owner: String,
    pub state: ImageState,
    /// Why it failed, in the service's words.
    pub reason: Option<String>,
    pub created: Option<Timestamp>,
    pub architecture: Option<String>,
    pub root_device: Option<String>,
    pub volume_gib: Option<u32>,
    /// The snapshots behind its volumes; a pending image may not name them yet.
    pub snapshots: Vec<String>,
    /// Those of them that are encrypted.
    pub encrypted: Vec<String>,
    pub public: bool,
    pub deprecated_at: Option<String>,
    /// Whether it comes from the Marketplace, or from an image that does.
    pub marketplace: bool,
    /// The image that it is a copy of, where EC2 still knows.
    pub copied_from: Option<String>,
    /// Its tag `ail:asset-id`.
    pub asset_id: Option<String>,
    /// Its tag `ail:run`.
    pub run: Option<String>,
}

impl From<Answer> for Described {
    fn from(image: Answer) -> Self {
        let devices = || image.block_device_mappings().iter();
        let disks = || devices().filter_map(|device| device.ebs());
        let snapshot = |disk: &EbsBlockDevice| disk.snapshot_id().map(str::to_owned);
        let root = devices().find(|device| device.device_name() == image.root_device_name());
        Self {
            snapshots: disks().filter_map(snapshot).collect(),
            encrypted: disks()
                .filter(|d| d.encrypted() == Some(true))
                .filter_map(snapshot)
                .collect(),
            volume_gib: root
                .and_then(|device| device.ebs()?.volume_size())
                .and_then(|gib| gib.try_into().ok()),
            state: image.state().cloned().unwrap_or(ImageState::Pending),
            reason: image.state_reason().and_then(|reason| {
                reason.message().or(reason.code()).map(|text| text.trim_end_matches('.').to_owned())
            }),
            created: image.creation_date().and_then(|text| text.parse().ok()),
            architecture: image.architecture().map(|a| a.as_str().to_owned()),
            public: image.public() == Some(true),
            marketplace: !image.product_codes().is_empty(),
            asset_id: tag(image.tags(), tags::ASSET_ID),
            run: tag(image.tags(), tags::RUN),
            id: image.image_id.unwrap_or_default(),
            name: image.name.unwrap_or_default(),
            owner: image.owner_id.unwrap_or_default(),
            root_device: image.root_device_name,
            deprecated_at: image.deprecation_time,
            copied_from: image.source_image_id,
        }
    }
}

impl Described {
    /// Whether it carries the tag of this asset id.
    pub fn is_of(&self, asset_id: &AssetId) -> bool {
        self.asset_id.as_deref() == Some(asset_id.as_str())
    }

    /// The tag of its asset id as a sentence tells it: "tagged ail:asset-id=1.0".
    pub fn tagged(&self) -> String {
        match &self.asset_id {
            Some(id) => format!("tagged {}={id}", tags::ASSET_ID),
            None => format!("without the tag {}", tags::ASSET_ID),
        }
    }

    /// As the record tells of it.
    pub fn member(&self, shared_with: Vec<String>) -> Image {
        Image {
            id: self.id.clone(),
            name: self.name.clone(),
            state: self.state.as_str().to_owned(),
            snapshots: self.snapshots.clone(),
            public: self.public,
            shared_with,
            deprecated_at: self.deprecated_at.clone(),
        }
    }
}

fn tag(tags: &[Tag], key: &str) -> Option<String> {
    tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value).map(str::to_owned)
}
