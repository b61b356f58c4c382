//! The public image that the workers' image is made of: chosen once, and kept until a newer or
//! another one is asked for.
//!
//! A fleet that was built stays what it is when its line is run again, also on a day on which
//! Debian has published an image. What it was made of stands in the record and, for those who
//! lost it, in a tag of the workers' image.

use aws_sdk_ec2::types::Image;
use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::{FleetSource, FleetWish};
use lib_common::tags::Tags;
use lib_common::team::Team;
use lib_common::{Error, Exit, Result};

use crate::clients::Clients;
use crate::resources::IMAGE;
use crate::tagging::{self, filter};

/// Marks an image with what it was made of.
const TAG: &str = "gd:source";

/// Which public image it is.
#[derive(Args, Debug)]
#[command(next_help_heading = "Image")]
pub struct SourceOptions {
    /// Name of the public image to begin with, with * and ?; of several it is the newest
    /// [default: the record's, or debian-12-amd64-*]
    #[arg(long, env = "GD_SOURCE_NAME", value_name = "PATTERN", hide_env = true)]
    source_name: Option<String>,

    /// Account that owns it; 136693071363 is Debian's [default: the record's, or 136693071363]
    #[arg(long, env = "GD_SOURCE_OWNER", value_name = "ID", hide_env = true)]
    source_owner: Option<String>,

    /// Make the image anew if there is a newer public one than it was made of
    #[arg(long)]
    newest: bool,
}

impl SourceOptions {
    /// What the wish shall begin with: what it began with, unless these say otherwise.
    pub async fn settle(&self, clients: &Clients, team: &Team, wish: &mut FleetWish) -> Result<()> {
        let before = wish.source.take();
        let name = self.source_name.clone().or(before.as_ref().map(|it| it.name.clone()));
        let owner = self.source_owner.clone().or(before.as_ref().map(|it| it.owner.clone()));
        let (name, owner) = (
            name.unwrap_or_else(|| "debian-12-amd64-*".to_owned()),
            owner.unwrap_or_else(|| "136693071363".to_owned()),
        );
        let same = |it: &FleetSource| it.name == name && it.owner == owner;
        let kept = match (self.newest, before) {
            (true, _) => None,
            (false, Some(before)) => Some(before).filter(same),
            (false, None) => of_image(clients, team).await?.filter(same),
        };
        wish.source = Some(match kept {
            Some(kept) => kept,
            None => FleetSource { id: newest(clients, &name, &owner).await?, name, owner },
        });
        Ok(())
    }
}

/// The tags of an image, with what it is made of.
pub fn tagged(mut tags: Tags, source: &FleetSource) -> Tags {
    tags.push((TAG.to_owned(), format!("{}/{} {}", source.owner, source.name, source.id)));
    tags
}

/// What the team's image was made of.
async fn of_image(clients: &Clients, team: &Team) -> Result<Option<FleetSource>> {
    let request = clients.ec2.describe_images().set_filters(Some(tagging::filters(team, IMAGE)));
    let answer =
        request.send().await.during("DescribeImages").explain(|| {
            format!("cannot look for the image of the team {team} ({})", clients.region)
        })?;
    let mut images = answer.images.unwrap_or_default();
    images.sort_by(|one, other| one.creation_date.cmp(&other.creation_date));
    let tags = images.pop().map(|image| tagging::of_ec2(image.tags)).unwrap_or_default();
    Ok(tags.get(TAG).and_then(|tag| read(tag)))
}

/// As [`tagged`] wrote it.
fn read(tag: &str) -> Option<FleetSource> {
    let (pattern, id) = tag.rsplit_once(' ')?;
    let (owner, name) = pattern.split_once('/')?;
    Some(FleetSource { id: id.to_owned(), name: name.to_owned(), owner: owner.to_owned() })
}

/// The newest public image of the name.
async fn newest(clients: &Clients, name: &str, owner: &str) -> Result<String> {
    let filters = [
        ("name", name),
        ("architecture", "x86_64"),
        ("state", "available"),
        ("root-device-type", "ebs"),
        ("virtualization-type", "hvm"),
    ];
    let filters = filters.map(|(name, value)| filter(name, value));
    let request = clients.ec2.describe_images().owners(owner);
    let mut pages = request.set_filters(Some(filters.into())).into_paginator().items().send();
    let mut newest: Option<Image> = None;
    while let Some(image) = pages.next().await {
        let image = image
            .during("DescribeImages")
            .explain(|| format!("cannot look for images {name} ({})", clients.region))?;
        // RFC 3339 in UTC: their order is that of time.
        if newest.as_ref().is_none_or(|known| known.creation_date < image.creation_date) {
            newest = Some(image);
        }
    }
    newest.and_then(|image| image.image_id).ok_or_else(|| {
        let what = format!("no image {name} of {owner} exists ({})", clients.region);
        Error::new(Exit::NotFound, what)
            .next("name another one with --source-name and --source-owner")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_image_is_made_of_is_read_as_it_was_written() {
        let source = FleetSource {
            id: "ami-1".to_owned(),
            name: "ubuntu/images/hvm ssd/*".to_owned(),
            owner: "099720109477".to_owned(),
        };
        let tags = tagged(Tags::new(), &source);
        assert_eq!(read(&tags[0].1), Some(source));
        assert_eq!(read("somebody's"), None);
    }
}
