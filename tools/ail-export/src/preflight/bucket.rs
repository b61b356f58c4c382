//! Whether EC2 can write into the bucket.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::ServerSideEncryption;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

use super::Findings;

/// Checks that the bucket is there, is this account's, lies in the region, and has no KMS
/// key.
pub async fn check(s3: &Client, bucket: &str, account: &str, region: &str) -> Findings {
    let place = match locate(s3, bucket, account, region).await {
        Ok(place) => place,
        Err(problem) => return Findings::problem(problem),
    };
    if place.as_deref().is_some_and(|place| place != region) {
        let place = place.unwrap_or_default();
        return Findings::problem(
            Error::new(
                Exit::Refused,
                format!("the bucket {bucket} lies in {place}; the image lies in {region}"),
            )
            .next(format!(
                "give a --bucket in {region}; `ail-stack up --kind vm-bucket` makes one"
            )),
        );
    }
    match encrypted_with_kms(s3, bucket, account).await {
        Ok(false) => Findings::default(),
        Ok(true) => Findings::problem(
            Error::new(
                Exit::Refused,
                format!("the bucket {bucket} encrypts with a KMS key; EC2 cannot export into it"),
            )
            .next("give a --bucket with SSE-S3 (AES256)"),
        ),
        Err(error) if error.exit() == Exit::Permission => Findings::unseen(
            format!("cannot see how the bucket {bucket} encrypts"),
            error,
            "with a KMS key the export would fail",
        ),
        Err(error) => {
            Findings::problem(error.context(format!("cannot see how the bucket {bucket} encrypts")))
        }
    }
}

/// The region of the bucket, which S3 tells even where it refuses the rest.
async fn locate(s3: &Client, bucket: &str, account: &str, region: &str) -> Result<Option<String>> {
    let answer = s3.head_bucket().bucket(bucket).expected_bucket_owner(account).send().await;
    let told = match &answer {
        Ok(answer) => answer.bucket_region(),
        Err(error) => error
            .raw_response()
            // 301: it lies elsewhere. 400: so does the region that the request was signed for.
            .filter(|raw| matches!(raw.status().as_u16(), 301 | 400))
            .and_then(|raw| raw.headers().get("x-amz-bucket-region"))
            .filter(|told| *told != region),
    };
    let told = told.map(str::to_owned);
    if told.is_some() {
        return Ok(told);
    }
    match answer.during("HeadBucket") {
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => {
            Err(Error::new(Exit::NotFound, format!("the bucket {bucket} does not exist"))
                .next("make one with `ail-stack up --kind vm-bucket`, or give another --bucket"))
        }
        Err(error) if error.exit() == Exit::Permission => Err(error
            .context(format!("the bucket {bucket} is another account's, or closed to you"))
            .next("give a bucket of the image's account; its policy must allow s3:ListBucket")),
        Err(error) => Err(error.context(format!("cannot look at the bucket {bucket}"))),
    }
}

async fn encrypted_with_kms(s3: &Client, bucket: &str, account: &str) -> Result<bool> {
    let answer = s3
        .get_bucket_encryption()
        .bucket(bucket)
        .expected_bucket_owner(account)
        .send()
        .await
        .during("GetBucketEncryption");
    let rules = match answer {
        Ok(answer) => answer.server_side_encryption_configuration.map(|found| found.rules),
        // "ServerSideEncryptionConfigurationNotFoundError"
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(error),
    };
    let algorithms = rules.iter().flatten().filter_map(|rule| {
        rule.apply_server_side_encryption_by_default().map(|default| default.sse_algorithm())
    });
    let kms = [ServerSideEncryption::AwsKms, ServerSideEncryption::AwsKmsDsse];
    Ok(algorithms.into_iter().any(|algorithm| kms.contains(algorithm)))
}
