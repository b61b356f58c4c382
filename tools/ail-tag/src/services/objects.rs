//! Tags in S3: an object's tags are read and written as a whole.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Tag, Tagging};
use lib_common::asset::Location;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

use crate::change::{Step, Tags};

pub async fn read(s3: &Client, at: &Location) -> Result<Tags> {
    let asked = s3
        .get_object_tagging()
        .bucket(&at.bucket)
        .key(&at.key)
        .set_version_id(at.version.clone())
        .send()
        .await;
    let tags = asked.during("GetObjectTagging")?.tag_set.into_iter();
    Ok(tags.map(|tag| (tag.key, tag.value)).collect())
}

/// Puts the tags that were read back with the change; the rest stays.
pub async fn write(s3: &Client, at: &Location, step: &Step) -> Result<()> {
    let after = step.change.applied_to(&step.present);
    let tags = after.iter().map(|(k, v)| Tag::builder().key(k).value(v).build());
    let tagging = tags
        .collect::<Result<Vec<_>, _>>()
        .and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build())
        .map_err(|error| {
            Error::new(Exit::Failed, "cannot write the tags as S3 wants them").caused_by(&error)
        })?;
    let asked = s3
        .put_object_tagging()
        .bucket(&at.bucket)
        .key(&at.key)
        .set_version_id(at.version.clone())
        .tagging(tagging)
        .send()
        .await;
    asked.during("PutObjectTagging").map(drop)
}
