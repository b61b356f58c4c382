//! What the tags of a thing say about where it belongs.

use aws_sdk_ec2::primitives::DateTime;
use jiff::Timestamp;
use lib_common::asset::{Asset, Kind};
use lib_common::tags;

/// The tag that CloudFormation puts on what a stack made.
const STACK_NAME: &str = "aws:cloudformation:stack-name";

/// The tags that these tools, CloudFormation and people put on a thing.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// The asset id.
    pub asset_id: Option<String>,
    /// The run that made it.
    pub run: Option<String>,
    /// When it is no longer needed.
    pub expires: Option<String>,
    /// `Name`, which consoles show.
    pub name: Option<String>,
    /// The stack that it is part of.
    pub stack: Option<String>,
}

impl Marks {
    /// Reads keys and values.
    pub fn of<'a>(tags: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Self {
        let mut marks = Self::default();
        for (key, value) in tags {
            let place = match key {
                Some(tags::ASSET_ID) => &mut marks.asset_id,
                Some(tags::RUN) => &mut marks.run,
                Some(tags::EXPIRES) => &mut marks.expires,
                Some("Name") => &mut marks.name,
                Some(STACK_NAME) => &mut marks.stack,
                _ => continue,
            };
            *place = value.map(str::to_owned);
        }
        marks
    }

    /// Reads the tags of something in EC2.
    pub fn of_ec2(tags: &[aws_sdk_ec2::types::Tag]) -> Self {
        Self::of(tags.iter().map(|tag| (tag.key(), tag.value())))
    }

    /// An asset with these marks.
    pub fn asset(self, kind: Kind, id: &str, region: &str) -> Asset {
        Asset {
            name: self.name,
            asset_id: self.asset_id,
            region: Some(region.to_owned()),
            run: self.run,
            expires: self.expires,
            part_of: self.stack,
            ..Asset::new(kind, id)
        }
    }
}

/// A moment as lines have it: RFC 3339, UTC, to the second.
pub fn moment(time: Option<&DateTime>) -> Option<String> {
    let time = Timestamp::from_second(time?.secs()).ok()?;
    Some(time.to_string())
}

/// A size in GiB as bytes.
pub fn gib(size: Option<i32>) -> Option<u64> {
    u64::try_from(size?).ok().map(|gib| gib << 30)
}
