//! What a canary has in the bucket. All of it lies below `out/`: what a killed one leaves
//! there, the rule of the montages deletes.

mod late;

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use super::Mark;
use crate::job::Job;

/// How much longer than the canary is waited for its link lives: a job that comes late is still
/// a montage.
const GRACE: Duration = Duration::from_secs(600);
/// The longest life of a link (Amazon S3 User Guide, "Sharing objects with presigned URLs").
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// More than any montage of one small image.
const LARGEST: usize = 16 << 20;

/// What a canary has in the bucket.
#[derive(Clone)]
pub struct Objects {
    s3: Client,
    bucket: String,
    image: String,
}

impl Objects {
    pub fn new(s3: Client, bucket: String, mark: &Mark) -> Self {
        Self { s3, bucket, image: image(mark.name()) }
    }

    /// A link by which a worker fetches the image, as it fetches any: it needs no right to it.
    pub async fn link_to_image(&self, timeout: Duration) -> Result<String> {
        let cannot = |error: &(dyn std::error::Error + 'static)| {
            Error::new(Exit::Failed, "cannot sign a link for the canary").caused_by(error)
        };
        let life = (timeout + GRACE).min(LONGEST_LIFE);
        let life = PresigningConfig::expires_in(life).map_err(|error| cannot(&error))?;
        let get = self.s3.get_object().bucket(&self.bucket).key(&self.image);
        Ok(get.presigned(life).await.during("GetObject")?.uri().to_owned())
    }

    /// Puts the image.
    pub async fn put_image(&self, jpeg: Vec<u8>) -> Result<()> {
        let put = self.s3.put_object().bucket(&self.bucket).key(&self.image);
        let put = put.content_type("image/jpeg").body(ByteStream::from(jpeg)).send().await;
        put.during("PutObject")
            .map(drop)
            .explain(|| format!("cannot put the canary's image into {}", self.bucket))
    }

    /// The montage of its job, once it is there.
    pub async fn montage(&self, job: &Job) -> Result<Option<Vec<u8>>> {
        let explain = || format!("cannot fetch s3://{}/{}", self.bucket, key(job));
        let get = self.s3.get_object().bucket(&self.bucket).key(key(job)).send().await;
        let mut object = match get.during("GetObject") {
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            other => other.explain(explain)?,
        };
        let mut montage = Vec::new();
        while let Some(chunk) = object.body.next().await {
            let chunk =
                chunk.map_err(|error| Error::new(Exit::Temporary, explain()).caused_by(&error))?;
            montage.extend_from_slice(&chunk);
            if montage.len() > LARGEST {
                let why = format!("it has more than {LARGEST} bytes");
                return Err(Error::new(Exit::Failed, explain()).because(why));
            }
        }
        Ok(Some(montage))
    }

    /// Deletes both; that they are not there is as good.
    pub async fn delete(&self, job: &Job) -> Result<()> {
        for key in [&self.image, &key(job)] {
            self.strike(key).await?;
        }
        Ok(())
    }

    async fn strike(&self, key: &str) -> Result<()> {
        let asked = self.s3.delete_object().bucket(&self.bucket).key(key).send().await;
        match asked.during("DeleteObject") {
            Err(error) if error.is_not_found() => Ok(()),
            other => {
                other.map(drop).explain(|| format!("cannot delete s3://{}/{key}", self.bucket))
            }
        }
    }

    /// What does the same by hand.
    pub fn remedy(&self, job: &Job) -> String {
        let of = |key: &str| format!("aws s3 rm s3://{}/{key}", self.bucket);
        format!("{}; {}", of(&self.image), of(&key(job)))
    }
}

/// Where the image of a canary lies.
fn image(canary: &str) -> String {
    format!("out/canary/{canary}.jpg")
}

/// Where a worker puts the montage.
fn key(job: &Job) -> String {
    montage(&job.id)
}

fn montage(job: &str) -> String {
    format!("out/{job}.jpg")
}
