//! Making one fact of a bucket what it shall be.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketCannedAcl, BucketLifecycleConfiguration,
    BucketVersioningStatus, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tagging, VersioningConfiguration,
};
use lib_common::aws::During;
use lib_common::reconcile::Difference;
use lib_common::{Error, Exit, Result};
use serde_json::Value;

use super::ways::{self, WAYS};
use crate::architecture::policy;

/// S3 takes one change of a bucket's set-up at a time (OperationAborted), and wants an order:
/// grants go before ownership forbids them, and come after all that would refuse them.
pub fn in_order(differences: &[Difference]) -> Vec<&Difference> {
    let place = |one: &Difference| match (one.fact.as_str(), one.expected.is_null()) {
        ("tags", _) => 0,
        ("acl", true) => 1,
        ("public_access_block", _) => 2,
        ("ownership", _) => 3,
        ("acl", false) => 4,
        _ => 5,
    };
    let mut ordered: Vec<_> = differences.iter().collect();
    ordered.sort_by_key(|one| place(one));
    ordered
}

/// Sets one fact.
pub async fn fact(
    s3: &Client,
    name: &str,
    wrong: &Difference,
    tags: &[(String, String)],
) -> Result<()> {
    let expected = &wrong.expected;
    match wrong.fact.as_str() {
        "tags" => set_tags(s3, name, tags).await,
        "public_access_block" => public_access_block(s3, name, expected).await,
        "ownership" => ownership(s3, name, expected).await,
        "acl" => acl(s3, name, expected).await,
        "encryption" => encryption(s3, name).await,
        "versioning" => versioning(s3, name).await,
        "lifecycle" => lifecycle(s3, name, expected).await,
        "policy" => bucket_policy(s3, name, expected).await,
        way if WAYS.iter().any(|one| one.fact == way) => {
            ways::close(s3, name, way, &wrong.found).await
        }
        other => Err(Error::new(Exit::Failed, format!("nobody knows how to set {other}"))),
    }
}

/// All tags are put at once: those of others stay.
async fn set_tags(s3: &Client, name: &str, own: &[(String, String)]) -> Result<()> {
    let answer = s3.get_bucket_tagging().bucket(name).send().await.during("GetBucketTagging");
    let mut tags = match answer {
        Err(error) if error.is_not_found() => Vec::new(),
        other => other?.tag_set,
    };
    tags.retain(|tag| own.iter().all(|(key, _)| key != tag.key()));
    for (key, value) in own {
        tags.push(super::tag(key, value)?);
    }
    let tagging = Tagging::builder().set_tag_set(Some(tags)).build().map_err(incomplete)?;
    let asked = s3.put_bucket_tagging().bucket(name).tagging(tagging).send().await;
    asked.during("PutBucketTagging").map(drop)
}

async fn public_access_block(s3: &Client, name: &str, expected: &Value) -> Result<()> {
    if expected.is_null() {
        let asked = s3.delete_public_access_block().bucket(name).send().await;
        return asked.during("DeletePublicAccessBlock").map(drop);
    }
    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let asked = s3.put_public_access_block().bucket(name);
    let asked = asked.public_access_block_configuration(block).send().await;
    asked.during("PutPublicAccessBlock").map(drop)
}

async fn ownership(s3: &Client, name: &str, expected: &Value) -> Result<()> {
    let word = ObjectOwnership::from(expected.as_str().unwrap_or_default());
    let rule = OwnershipControlsRule::builder().object_ownership(word).build();
    let rule = rule.map_err(incomplete)?;
    let controls = OwnershipControls::builder().rules(rule).build().map_err(incomplete)?;
    let asked = s3.put_bucket_ownership_controls().bucket(name).ownership_controls(controls);
    asked.send().await.during("PutBucketOwnershipControls").map(drop)
}

async fn acl(s3: &Client, name: &str, expected: &Value) -> Result<()> {
    let acl = match expected.is_null() {
        true => BucketCannedAcl::Private,
        false => BucketCannedAcl::PublicRead,
    };
    s3.put_bucket_acl().bucket(name).acl(acl).send().await.during("PutBucketAcl").map(drop)
}

async fn encryption(s3: &Client, name: &str) -> Result<()> {
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::Aes256)
        .build()
        .map_err(incomplete)?;
    let rule = ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(default).build();
    let configuration =
        ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(incomplete)?;
    let asked = s3.put_bucket_encryption().bucket(name);
    let asked = asked.server_side_encryption_configuration(configuration).send().await;
    asked.during("PutBucketEncryption").map(drop)
}

/// Versions that somebody began to keep are kept no more; nothing takes the word away again.
async fn versioning(s3: &Client, name: &str) -> Result<()> {
    let suspended = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended);
    let asked = s3.put_bucket_versioning().bucket(name).versioning_configuration(suspended.build());
    asked.send().await.during("PutBucketVersioning").map(drop)
}

async fn lifecycle(s3: &Client, name: &str, expected: &Value) -> Result<()> {
    let Value::Array(rules) = expected else {
        let asked = s3.delete_bucket_lifecycle().bucket(name).send().await;
        return asked.during("DeleteBucketLifecycle").map(drop);
    };
    let rules: Vec<_> = rules.iter().map(rule).collect::<Result<_>>()?;
    let configuration = BucketLifecycleConfiguration::builder()
        .set_rules(Some(rules))
        .build()
        .map_err(incomplete)?;
    let asked = s3.put_bucket_lifecycle_configuration().bucket(name);
    let asked = asked.lifecycle_configuration(configuration).send().await;
    asked.during("PutBucketLifecycleConfiguration").map(drop)
}

fn rule(fact: &Value) -> Result<LifecycleRule> {
    let days = |name: &str| fact[name].as_i64().and_then(|days| i32::try_from(days).ok());
    let text = |name: &str| fact[name].as_str().unwrap_or_default();
    let expiration =
        days("expire_days").map(|days| LifecycleExpiration::builder().days(days).build());
    let abort = days("abort_uploads_days")
        .map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    LifecycleRule::builder()
        .id(text("id"))
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(text("prefix")).build())
        .set_expiration(expiration)
        .set_abort_incomplete_multipart_upload(abort)
        .build()
        .map_err(incomplete)
}

async fn bucket_policy(s3: &Client, name: &str, expected: &Value) -> Result<()> {
    if expected.is_null() {
        let asked = s3.delete_bucket_policy().bucket(name).send().await;
        return asked.during("DeleteBucketPolicy").map(drop);
    }
    let text = policy::document(expected).to_string();
    let asked = s3.put_bucket_policy().bucket(name).policy(text).send().await;
    asked.during("PutBucketPolicy").map(drop)
}

fn incomplete(error: BuildError) -> Error {
    Error::new(Exit::Failed, "cannot write the call").caused_by(&error)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(facts: &[(&str, Value)]) -> Vec<String> {
        let wrong = facts.iter().map(|(fact, expected)| Difference {
            fact: (*fact).to_owned(),
            expected: expected.clone(),
            found: Value::Null,
        });
        in_order(&wrong.collect::<Vec<_>>()).into_iter().map(|one| one.fact.clone()).collect()
    }

    #[test]
    fn grants_come_after_what_would_refuse_them() {
        let facts = [
            ("policy", json!({})),
            ("acl", json!(["AllUsers READ"])),
            ("ownership", json!("ObjectWriter")),
            ("tags", json!({})),
        ];
        assert_eq!(order(&facts), ["tags", "ownership", "acl", "policy"]);
    }
}
