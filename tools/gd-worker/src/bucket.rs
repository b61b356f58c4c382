//! The bucket of the montages.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectCannedAcl;
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::job::Job;
use crate::montage::Report;

/// What the tags of an object may take together (Amazon S3 User Guide, "User-defined object
/// metadata": 2 KB), less room for the names.
const METADATA: usize = 1_900;

/// Who may read a montage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever has the link, for as long as it lives.
    Link(Duration),
    /// Everybody, for ever.
    Everybody,
}

/// The bucket of the montages.
#[derive(Clone, Debug)]
pub struct Bucket {
    s3: Client,
    name: String,
    access: Access,
}

/// What came of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Done,
    /// Another worker was faster.
    There,
}

impl Bucket {
    /// Makes sure that the bucket is there before any job is taken.
    pub async fn open(s3: Client, name: String, access: Access) -> Result<Self> {
        let head = s3.head_bucket().bucket(&name).send().await;
        head.during("HeadBucket").explain(|| format!("cannot reach the bucket {name}"))?;
        Ok(Self { s3, name, access })
    }

    /// The name of the bucket.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is known of a job's montage, if it was made before.
    pub async fn find(&self, job: &Job) -> Result<Option<Report>> {
        let head = self.s3.head_object().bucket(&self.name).key(job.key()).send().await;
        match head.during("HeadObject") {
            Ok(head) => {
                let bytes = head.content_length.and_then(|length| length.try_into().ok());
                let metadata = head.metadata.unwrap_or_default();
                Ok(Some(Report {
                    images: metadata.get("images").and_then(|n| n.parse().ok()).unwrap_or(0),
                    failed: failed(metadata.get("failed").map_or("", String::as_str)),
                    bytes: bytes.unwrap_or(0),
                }))
            }
            // Whoever may not list a bucket is told that of what is not there, too.
            Err(error) if error.is_not_found() || error.exit() == Exit::Permission => Ok(None),
            Err(error) => Err(self.cannot("look for", job, error)),
        }
    }

    /// Puts a job's montage, unless there is one.
    pub async fn put(&self, job: &Job, jpeg: Vec<u8>, report: &Report) -> Result<Put> {
        let put = self
            .s3
            .put_object()
            .bucket(&self.name)
            .key(job.key())
            .if_none_match("*")
            .content_type("image/jpeg")
            .metadata("images", report.images.to_string())
            .metadata("failed", in_metadata(report))
            .set_acl((self.access == Access::Everybody).then_some(ObjectCannedAcl::PublicRead))
            .body(ByteStream::from(jpeg))
            .send()
            .await;
        match put.during("PutObject") {
            Ok(_) => Ok(Put::Done),
            // Met while both were under way, or after it.
            Err(error) if is_taken(&error) => Ok(Put::There),
            Err(error) => Err(self.cannot("keep", job, error)),
        }
    }

    /// The link to a job's montage.
    pub async fn link(&self, job: &Job) -> Result<String> {
        let life = match self.access {
            Access::Link(life) => life,
            Access::Everybody => Duration::from_secs(60),
        };
        let cannot = |error: &dyn std::fmt::Display| {
            self.cannot("link to", job, Error::new(Exit::Failed, error.to_string()))
        };
        let config = PresigningConfig::expires_in(life).map_err(|error| cannot(&error))?;
        let get = self.s3.get_object().bucket(&self.name).key(job.key());
        let link = get.presigned(config).await.during("GetObject")?.uri().to_owned();
        Ok(match self.access {
            Access::Link(_) => link,
            // The same address without the signature.
            Access::Everybody => link.split('?').next().unwrap_or_default().to_owned(),
        })
    }

    fn cannot(&self, what: &str, job: &Job, error: Error) -> Error {
        error.context(format!("cannot {what} s3://{}/{}", self.name, job.key()))
    }
}

fn is_taken(error: &Error) -> bool {
    matches!(error.code(), Some("PreconditionFailed" | "ConditionalRequestConflict" | "HTTP 412"))
}

/// The failed images as metadata holds them: ASCII only, and little of it.
fn in_metadata(report: &Report) -> String {
    let mut fitting = report.failed.len();
    loop {
        let json = serde_json::to_string(&report.failed[..fitting]).expect("plain data");
        let encoded: String = url::form_urlencoded::byte_serialize(json.as_bytes()).collect();
        if encoded.len() <= METADATA {
            return encoded;
        }
        fitting /= 2;
    }
}

fn failed(metadata: &str) -> Vec<crate::montage::Failed> {
    let decoded = url::form_urlencoded::parse(metadata.as_bytes()).next();
    decoded.and_then(|(json, _)| serde_json::from_str(&json).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::montage::Failed;

    #[test]
    fn metadata_give_back_the_failed_images_that_fit() {
        let failed_of = |count| Report {
            failed: vec![Failed::new("http://example.com/ä=&?", "no answer: ü"); count],
            images: 1,
            bytes: 0,
        };
        assert_eq!(failed(&in_metadata(&failed_of(2))), failed_of(2).failed);
        let many = in_metadata(&failed_of(100));
        assert!(many.len() <= METADATA && many.is_ascii());
        assert!((1..100).contains(&failed(&many).len()));
        assert_eq!(failed(""), []);
    }
}
