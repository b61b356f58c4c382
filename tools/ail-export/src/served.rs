//! The distribution of CloudFront that serves the bucket, and the addresses of objects.

use std::time::Duration;

use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use aws_sdk_s3::presigning::PresigningConfig;
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Result};
use sha2::{Digest, Sha256};

/// "It usually takes 10-100 seconds" for an invalidation to reach all edges; some minutes
/// are not rare (CloudFront Developer Guide, "Invalidate files").
const INVALIDATION: Duration = Duration::from_secs(15 * 60);

/// The distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    pub id: String,
    pub domain: String,
}

impl Distribution {
    pub fn url(&self, key: &str) -> String {
        format!("https://{}{}", self.domain, path(key))
    }

    /// Has the edges forget what they hold of these keys, and waits until they have. The
    /// reference follows from keys and run: a request that is sent twice is one.
    pub async fn forget(
        &self,
        context: &Context,
        cloudfront: &aws_sdk_cloudfront::Client,
        keys: &[String],
    ) -> Result<()> {
        let paths: Vec<_> = keys.iter().map(|key| path(key)).collect();
        let reference = Sha256::digest(format!("{}\n{}", paths.join("\n"), context.run()));
        let reference: String = reference.iter().map(|byte| format!("{byte:02x}")).collect();
        let quantity = i32::try_from(paths.len()).expect("a release has few files");
        let complete = "all required members are given";
        let paths = Paths::builder().quantity(quantity).set_items(Some(paths)).build();
        let batch = InvalidationBatch::builder()
            .caller_reference(reference)
            .paths(paths.expect(complete))
            .build()
            .expect(complete);
        let call =
            cloudfront.create_invalidation().distribution_id(&self.id).invalidation_batch(batch);
        let deed = async move { call.send().await.during("CreateInvalidation") };
        let made = context.undo().finish(deed).await?;
        let id = made.invalidation.map(|made| made.id).ok_or_else(|| {
            Error::new(Exit::Refused, "CreateInvalidation: the answer has no invalidation")
        })?;
        self.forgotten(context, cloudfront, &id).await
    }

    async fn forgotten(
        &self,
        context: &Context,
        cloudfront: &aws_sdk_cloudfront::Client,
        id: &str,
    ) -> Result<()> {
        let shown: Task = context.progress().task("invalidation");
        let timeout = context.timeout(INVALIDATION);
        let waiter = Waiter::new(format!("the invalidation {id} to be completed"), timeout);
        waiter
            .until(&shown, || async {
                let call = cloudfront.get_invalidation().distribution_id(&self.id).id(id);
                let found = call.send().await.during("GetInvalidation");
                match found.map(|found| found.invalidation) {
                    Ok(Some(found)) if found.status == "Completed" => Ok(Seen::Ready(())),
                    Ok(Some(found)) => Ok(Seen::Pending(found.status)),
                    Ok(None) => Ok(Seen::Missing),
                    Err(error) if error.is_not_found() => Ok(Seen::Missing),
                    Err(error) => Err(error),
                }
            })
            .await?;
        shown.done(&format!("{id} is completed"));
        Ok(())
    }
}

/// The last step of a key that stands for all keys with its prefix: one path of an
/// invalidation, whose price does not depend on how many files it is (CloudFront Developer
/// Guide, "Pay for file invalidation"). No file of a release has this name.
pub const ALL: &str = "*";

/// The path of a URL to a key. Keys have spaces where the asset id has them.
fn path(key: &str) -> String {
    let step = |step| match step {
        ALL => format!("/{ALL}"),
        step => format!("/{}", urlencoding::encode(step)),
    };
    key.split('/').map(step).collect()
}

/// Where an object can be downloaded: at the distribution, else at the bucket.
pub async fn url(
    distribution: Option<&Distribution>,
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    key: &str,
) -> Result<String> {
    match distribution {
        Some(distribution) => Ok(distribution.url(key)),
        None => of_the_bucket(s3, bucket, key).await,
    }
}

/// The object's address in S3: that which the SDK itself calls, so that endpoint, partition
/// and style are right everywhere. Signing asks for no call.
async fn of_the_bucket(s3: &aws_sdk_s3::Client, bucket: &str, key: &str) -> Result<String> {
    let signing = PresigningConfig::expires_in(Duration::from_secs(60))
        .expect("a minute is within the week that S3 allows");
    let request = s3.get_object().bucket(bucket).key(key);
    let signed = request.presigned(signing).await.map_err(|error| {
        Error::new(Exit::Failed, format!("cannot tell the URL of s3://{bucket}/{key}"))
            .caused_by(&error)
    })?;
    let uri = signed.uri();
    Ok(uri.split_once('?').map_or(uri, |(address, _)| address).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_cannot_carry_is_encoded_and_the_slashes_stay() {
        let served = Distribution { id: "E1".into(), domain: "d1.cloudfront.net".into() };
        assert_eq!(
            served.url("ai_lab/ai lab 1.0/ai-lab-ai lab 1.0.vhd"),
            "https://d1.cloudfront.net/ai_lab/ai%20lab%201.0/ai-lab-ai%20lab%201.0.vhd"
        );
        assert_eq!(path("ai_lab/ai lab 1.0/*"), "/ai_lab/ai%20lab%201.0/*");
    }
}
