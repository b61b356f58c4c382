//! What is chosen when something is made: zones and image. It is asked for once, while the
//! account is looked at, and not at all where everything is there.

use std::sync::Arc;

use aws_sdk_ec2::types::{Image, LocationType};
use lib_common::aws::{During, Explain};
use lib_common::record::NetworkKey;
use lib_common::{Error, Exit, Result};
use tokio::sync::OnceCell;

use crate::own_key;
use crate::settings::{ImageChoice, Settings};
use crate::site::{Site, filter};

/// The image of an instance.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// `ami-…`
    pub id: String,
    /// Its root device (`/dev/xvda`).
    pub root_device: String,
}

/// Asks EC2 where and from what instances can be started.
pub struct Choice {
    site: Arc<Site>,
    instance_type: String,
    number_of_zones: usize,
    image_choice: ImageChoice,
    classic: bool,
    own_key: Option<NetworkKey>,
    zones: OnceCell<Vec<String>>,
    image: OnceCell<Chosen>,
}

impl Choice {
    /// Nothing is asked yet.
    pub fn new(site: Arc<Site>, settings: &Settings) -> Self {
        Self {
            site,
            instance_type: settings.instance_type.clone(),
            number_of_zones: settings.zones,
            image_choice: settings.image.clone(),
            classic: settings.classic,
            own_key: settings.own_key.clone(),
            zones: OnceCell::new(),
            image: OnceCell::new(),
        }
    }

    /// Asks for both at once.
    pub async fn settle(&self) -> Result<()> {
        futures::try_join!(self.zones(), self.image()).map(drop)
    }

    /// The zone of this number.
    pub async fn zone(&self, number: usize) -> Result<String> {
        Ok(self.zones().await?[number].clone())
    }

    async fn zones(&self) -> Result<&Vec<String>> {
        self.zones.get_or_try_init(|| self.ask_for_zones()).await
    }

    /// The image to start instances from, where nothing else keeps them from being started.
    pub async fn image(&self) -> Result<&Chosen> {
        let ask = || async {
            if self.classic {
                self.refuse_encryption().await?;
            }
            if let Some(key) = &self.own_key {
                own_key::check(&self.site, key).await?;
            }
            self.ask_for_image().await
        };
        self.image.get_or_try_init(ask).await
    }

    /// An account that encrypts each new volume has none as in 2014.
    async fn refuse_encryption(&self) -> Result<()> {
        let answer = self.site.ec2.get_ebs_encryption_by_default().send().await;
        let answer = answer.during("GetEbsEncryptionByDefault");
        let cannot = || self.site.cannot("build the network as in 2014");
        match answer.explain(cannot)?.ebs_encryption_by_default() {
            Some(true) => Err(Error::new(Exit::Failed, cannot())
                .because(
                    "this account encrypts each new volume, and --classic asks for a plain one",
                )
                .next(
                    "leave --classic out (take back a record's by --classic=false); or, unwise, \
                     `aws ec2 disable-ebs-encryption-by-default`",
                )),
            _ => Ok(()),
        }
    }

    async fn ask_for_zones(&self) -> Result<Vec<String>> {
        let kind = &self.instance_type;
        let call = self.site.ec2.describe_instance_type_offerings();
        let call = call.location_type(LocationType::AvailabilityZone);
        let pages = call.filters(filter("instance-type", kind)).into_paginator().items().send();
        let offers = pages
            .collect::<Result<Vec<_>, _>>()
            .await
            .during("DescribeInstanceTypeOfferings")
            .explain(|| self.site.cannot(&format!("tell which zones offer {kind}")))?;
        let mut zones: Vec<_> =
            offers.iter().filter_map(|offer| offer.location().map(str::to_owned)).collect();
        zones.sort();
        if zones.len() < self.number_of_zones {
            let (region, wanted) = (&self.site.region, self.number_of_zones);
            return Err(Error::new(
                Exit::NotFound,
                format!("{} zones of {region} offer {kind}, and {wanted} are wanted", zones.len()),
            )
            .next("give another --instance-type, --zones or --region"));
        }
        zones.truncate(self.number_of_zones);
        Ok(zones)
    }

    async fn ask_for_image(&self) -> Result<Chosen> {
        let call = self.site.ec2.describe_images();
        let (call, what) = match &self.image_choice {
            // One that is deprecated starts all the same.
            ImageChoice::Id(id) => {
                (call.filters(filter("image-id", id)).include_deprecated(true), id.clone())
            }
            ImageChoice::Newest { name, owner } => (
                call.owners(owner.as_str()).filters(filter("name", name)),
                format!("{name} of {owner}"),
            ),
        };
        let pages = call.filters(filter("state", "available")).into_paginator().items().send();
        let found = pages
            .collect::<Result<Vec<_>, _>>()
            .await
            .during("DescribeImages")
            .explain(|| self.site.cannot(&format!("look for the image {what}")))?;
        // RFC 3339 of one zone and width: the order of the texts is that of the times.
        let newest = found.iter().max_by_key(|image| image.creation_date().unwrap_or_default());
        newest.and_then(chosen).ok_or_else(|| {
            let what = format!("no image {what} is available in {}", self.site.region);
            Error::new(Exit::NotFound, what)
                .next("give --image, or --source-name and --source-owner; images are of one region")
        })
    }
}

fn chosen(image: &Image) -> Option<Chosen> {
    Some(Chosen {
        id: image.image_id()?.to_owned(),
        root_device: image.root_device_name()?.to_owned(),
    })
}
