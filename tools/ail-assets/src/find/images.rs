//! Machine images.

use aws_sdk_ec2::types::Image;
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use super::PAGE;
use crate::account::Account;
use crate::marks::Marks;
use crate::search::Search;

/// The account's own, deprecated and disabled ones too.
pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let region = account.region.as_str();
    let images = account
        .ec2
        .describe_images()
        .owners("self")
        .include_deprecated(true)
        .include_disabled(true)
        .filters(search.filter())
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeImages")
        .explain(|| format!("cannot list images ({region})"))?;
    Ok(images.iter().filter_map(|image| asset(image, search, region)).collect())
}

fn asset(image: &Image, search: &Search, region: &str) -> Option<Asset> {
    let marks = Marks::of_ec2(image.tags());
    if !search.wants(&marks) {
        return None;
    }
    Some(Asset {
        name: image.name().map(str::to_owned),
        state: image.state().map(ToString::to_string).unwrap_or_default(),
        created: image.creation_date().and_then(to_the_second),
        // Its snapshots cost, and are listed by themselves.
        costs: false,
        ..marks.asset(Kind::Image, image.image_id()?, region)
    })
}

/// EC2 gives this one time as text, with milliseconds.
fn to_the_second(text: &str) -> Option<String> {
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(format!("{time:.0}"))
}
