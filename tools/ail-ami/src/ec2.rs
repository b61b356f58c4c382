//! EC2 in one region, and the questions about images that all verbs ask it.

use aws_config::SdkConfig;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::{Builder, Region};
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use lib_common::aws::{self, During, Explain};
use lib_common::tags::{self, Tags};
use lib_common::{AssetId, Result};

use crate::described::Described;

/// EC2 in one region.
#[derive(Clone, Debug)]
pub struct Ec2 {
    pub client: Client,
    pub region: String,
}

/// What an image id stands for.
pub enum Named {
    /// An image of this account.
    Own(Box<Described>),
    /// An image of another account.
    Foreign(String),
    /// Nothing, or nothing any more.
    Gone,
}

impl Ec2 {
    /// EC2 in the region of the configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config), region: aws::region(config).to_owned() }
    }

    /// EC2 in another region, with the same credentials.
    pub fn elsewhere(config: &SdkConfig, region: &str) -> Self {
        let there = Builder::from(config).region(Region::new(region.to_owned())).build();
        Self { client: Client::from_conf(there), region: region.to_owned() }
    }

    /// The own images of this name: one at most, but for the service's slips.
    pub async fn own_by_name(&self, name: &str) -> Result<Vec<Described>> {
        let found = self.own(filter("name", name)).await;
        found.explain(|| format!("cannot look for the image {name} ({})", self.region))
    }

    /// The own images that carry the tag of this asset id.
    pub async fn own_by_asset_id(&self, id: &AssetId) -> Result<Vec<Described>> {
        let found = self.own(filter(&format!("tag:{}", tags::ASSET_ID), id.as_str())).await;
        found.explain(|| format!("cannot look for the images of {id} ({})", self.region))
    }

    /// The image of this id.
    pub async fn by_id(&self, id: &str) -> Result<Option<Described>> {
        let answer = self.client.describe_images().image_ids(id).include_disabled(true);
        match answer.send().await.during("DescribeImages") {
            Ok(answer) => Ok(answer.images.unwrap_or_default().pop().map(Described::from)),
            Err(error) if is_gone(error.code()) => Ok(None),
            Err(error) => {
                Err(error.context(format!("cannot look at the image {id} ({})", self.region)))
            }
        }
    }

    /// What an id stands for, and whose it is.
    pub async fn named(&self, id: &str) -> Result<Named> {
        let own = self.own(filter("image-id", id)).await;
        let own = own.explain(|| format!("cannot look at the image {id} ({})", self.region))?;
        if let Some(image) = own.into_iter().next() {
            return Ok(Named::Own(Box::new(image)));
        }
        Ok(match self.by_id(id).await? {
            Some(image) => Named::Foreign(image.owner),
            None => Named::Gone,
        })
    }

    async fn own(&self, filter: Filter) -> Result<Vec<Described>> {
        let request = self.client.describe_images().owners("self").filters(filter);
        // A disabled image keeps its name taken.
        let mut pages = request.include_disabled(true).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let images = page.during("DescribeImages")?.images.unwrap_or_default();
            found.extend(images.into_iter().map(Described::from));
        }
        Ok(found)
    }
}

/// One filter of a Describe call. Neither image names nor asset ids have a `*`, a `?` or a
/// backslash, which a filter would take for a pattern.
pub fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// The tags that a call gives to the image and the snapshots that it makes.
pub fn tagged(tags: &Tags) -> Vec<TagSpecification> {
    let specification = |kind| {
        let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
        TagSpecification::builder()
            .resource_type(kind)
            .set_tags(Some(tags.iter().map(tag).collect()))
            .build()
    };
    [ResourceType::Image, ResourceType::Snapshot].map(specification).into()
}

/// Whether the code says of an image that it does not exist, or does no longer.
pub fn is_gone(code: Option<&str>) -> bool {
    matches!(code, Some("InvalidAMIID.NotFound" | "InvalidAMIID.Unavailable"))
}
