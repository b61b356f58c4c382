//! Whether what the command makes is there already.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter};
use clap::ValueEnum;
use lib_common::aws::{During, Explain};
use lib_common::record::Image;
use lib_common::{AssetId, Record, Result, tags};

/// What the command makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Makes {
    /// The machine image ail-ID of the asset id, as `ail-ami create` does
    Image,
}

impl Makes {
    /// Writes what is there already into the record; whether it is.
    pub async fn find(self, ec2: &Client, record: &mut Record, id: &AssetId) -> Result<bool> {
        match self {
            Self::Image => match image(ec2, id).await? {
                Some(image) => {
                    record.set(&known(record, image)?);
                    Ok(true)
                }
                None => Ok(false),
            },
        }
    }
}

/// The finished image of the asset: by name and by tag, as `ail-ami create` finds it.
async fn image(ec2: &Client, id: &AssetId) -> Result<Option<Image>> {
    let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
    let mut pages = ec2
        .describe_images()
        .owners("self")
        .filters(filter("name", &id.image_name()))
        .filters(filter(&format!("tag:{}", tags::ASSET_ID), id.as_str()))
        .filters(filter("state", "available"))
        .into_paginator()
        .items()
        .send();
    match pages.next().await {
        Some(image) => {
            let image = image
                .during("DescribeImages")
                .explain(|| format!("cannot look for the image {}", id.image_name()))?;
            Ok(Some(described(&image)))
        }
        None => Ok(None),
    }
}

fn described(image: &types::Image) -> Image {
    let snapshots = image.block_device_mappings().iter();
    let snapshots = snapshots.filter_map(|mapping| mapping.ebs()?.snapshot_id().map(str::to_owned));
    Image {
        id: image.image_id().unwrap_or_default().to_owned(),
        name: image.name().unwrap_or_default().to_owned(),
        state: image.state().map_or("", |state| state.as_str()).to_owned(),
        snapshots: snapshots.collect(),
        public: image.public().unwrap_or_default(),
        shared_with: Vec::new(),
        deprecated_at: image.deprecation_time().map(str::to_owned),
    }
}

/// A record that knows this image knows more of it: whom it is shared with.
fn known(record: &Record, image: Image) -> Result<Image> {
    Ok(match record.get::<Image>()?.filter(|known| known.id == image.id) {
        Some(known) => Image { shared_with: known.shared_with, ..image },
        None => image,
    })
}
