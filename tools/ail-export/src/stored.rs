//! A disk in the bucket, and the marks by which a later run knows it again.

use std::collections::HashMap;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use lib_common::Result;
use lib_common::aws::During;
use lib_common::tags::Tags;

use crate::place::Place;

/// The names of the metadata of a finished disk. They are written with the object and
/// cannot be changed apart from it, unlike its tags.
const ASSET_ID: &str = "asset-id";
const IMAGE: &str = "image-id";
const TASK: &str = "export-task";
const SHA256: &str = "sha256";

/// An object as HeadObject shows it.
#[derive(Clone, Debug)]
pub struct Stored {
    pub bytes: u64,
    pub etag: Option<String>,
    pub marks: Option<Marks>,
    /// The image named in its metadata, even where other marks are missing.
    pub image: Option<String>,
}

/// What a finished disk says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    pub asset_id: String,
    pub image: String,
    pub task: String,
    pub sha256: String,
}

impl Marks {
    pub fn metadata(&self) -> HashMap<String, String> {
        [
            (ASSET_ID, &self.asset_id),
            (IMAGE, &self.image),
            (TASK, &self.task),
            (SHA256, &self.sha256),
        ]
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .into()
    }

    fn read(metadata: &HashMap<String, String>) -> Option<Self> {
        let value = |key| metadata.get(key).cloned();
        Some(Self {
            asset_id: value(ASSET_ID)?,
            image: value(IMAGE)?,
            task: value(TASK)?,
            sha256: value(SHA256)?,
        })
    }
}

impl From<&HeadObjectOutput> for Stored {
    fn from(head: &HeadObjectOutput) -> Self {
        let bytes = head.content_length().unwrap_or_default();
        Self {
            bytes: u64::try_from(bytes).unwrap_or_default(),
            etag: head.e_tag().map(str::to_owned),
            marks: head.metadata().and_then(Marks::read),
            image: head.metadata().and_then(|metadata| metadata.get(IMAGE).cloned()),
        }
    }
}

/// Looks at an object; `None` if there is none.
pub async fn head(place: &Place, key: &str) -> Result<Option<Stored>> {
    let answer = place
        .s3
        .head_object()
        .bucket(&place.bucket)
        .key(key)
        .expected_bucket_owner(&place.account)
        .send()
        .await
        .during("HeadObject");
    match answer {
        Ok(head) => Ok(Some(Stored::from(&head))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(place.cannot("look at", key)(error)),
    }
}

/// Deletes an object if it is there; says whether it was.
pub async fn delete(place: &Place, key: &str) -> Result<bool> {
    if head(place, key).await?.is_none() {
        return Ok(false);
    }
    place
        .s3
        .delete_object()
        .bucket(&place.bucket)
        .key(key)
        .expected_bucket_owner(&place.account)
        .send()
        .await
        .during("DeleteObject")
        .map_err(place.cannot("delete", key))?;
    Ok(true)
}

/// Tags as the header takes them: a query string.
pub fn tagging(tags: &Tags) -> String {
    let pairs = tags
        .iter()
        .map(|(key, value)| format!("{}={}", urlencoding::encode(key), urlencoding::encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_back_as_they_were_written() {
        let marks = Marks {
            asset_id: "5.0.0".into(),
            image: "ami-1".into(),
            task: "export-ami-1".into(),
            sha256: "00ff".into(),
        };
        assert_eq!(Marks::read(&marks.metadata()), Some(marks.clone()));
        let mut metadata = marks.metadata();
        metadata.remove(SHA256);
        assert_eq!(Marks::read(&metadata), None);
    }
}
