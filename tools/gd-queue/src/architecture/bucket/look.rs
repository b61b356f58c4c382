//! What a bucket is like: a call a fact, all at once.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketVersioningStatus, Grant, LifecycleRule, Permission};
use lib_common::aws::During;
use lib_common::reconcile::Facts;
use lib_common::{Result, team};
use serde_json::{Map, Value, json};

use super::ways;
use crate::architecture::policy;

/// What groups are named by in grants (Amazon S3 User Guide, "Amazon S3 predefined groups").
const GROUPS: &str = "http://acs.amazonaws.com/groups/global/";

/// All facts of a bucket; an error that it does not exist is told as that.
pub async fn at(s3: &Client, name: &str) -> Result<Facts> {
    let head = async { s3.head_bucket().bucket(name).send().await.during("HeadBucket") };
    let (head, tags, block, ownership, acl, encryption, versioning, lifecycle, policy, ways) = futures::join!(
        head,
        tags(s3, name),
        public_access_block(s3, name),
        ownership(s3, name),
        acl(s3, name),
        encryption(s3, name),
        versioning(s3, name),
        lifecycle(s3, name),
        bucket_policy(s3, name),
        ways::at(s3, name),
    );
    head?;
    let facts = [
        ("tags", tags?),
        ("public_access_block", block?),
        ("ownership", ownership?),
        ("acl", acl?),
        ("encryption", encryption?),
        ("versioning", versioning?),
        ("lifecycle", lifecycle?),
        ("policy", policy?),
    ];
    let facts = facts.into_iter().map(|(fact, value)| (fact.to_owned(), value));
    Ok(facts.chain(ways?).collect())
}

/// What is not set is answered as an error of its own, and is null here.
pub fn set_or_null(answer: Result<Value>) -> Result<Value> {
    match answer {
        Err(error) if error.code() != Some("NoSuchBucket") && error.is_not_found() => {
            Ok(Value::Null)
        }
        other => other,
    }
}

/// The tags that a wish speaks of.
pub async fn tags(s3: &Client, name: &str) -> Result<Value> {
    let answer = s3.get_bucket_tagging().bucket(name).send().await.during("GetBucketTagging");
    set_or_null(
        answer.map(|answer| team::own(answer.tag_set().iter().map(|tag| (tag.key(), tag.value())))),
    )
}

async fn public_access_block(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_public_access_block().bucket(name).send().await;
    set_or_null(asked.during("GetPublicAccessBlock").map(|answer| {
        answer.public_access_block_configuration().map_or(Value::Null, |block| {
            json!({
                "block_public_acls": block.block_public_acls(),
                "ignore_public_acls": block.ignore_public_acls(),
                "block_public_policy": block.block_public_policy(),
                "restrict_public_buckets": block.restrict_public_buckets(),
            })
        })
    }))
}

async fn ownership(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_ownership_controls().bucket(name).send().await;
    set_or_null(asked.during("GetBucketOwnershipControls").map(|answer| {
        let rules = answer.ownership_controls.map(|controls| controls.rules).unwrap_or_default();
        rules.first().map_or(Value::Null, |rule| json!(rule.object_ownership().as_str()))
    }))
}

/// What others than the owner may do, such as `AllUsers READ`.
async fn acl(s3: &Client, name: &str) -> Result<Value> {
    let answer = s3.get_bucket_acl().bucket(name).send().await.during("GetBucketAcl")?;
    let owner = answer.owner().and_then(|owner| owner.id());
    let own = |grant: &Grant| {
        let whose = grant.grantee().and_then(|grantee| grantee.id());
        whose.is_some() && whose == owner
    };
    let mut others: Vec<_> =
        answer.grants().iter().filter(|grant| !own(grant)).map(grant_of).collect();
    others.sort();
    Ok(if others.is_empty() { Value::Null } else { json!(others) })
}

fn grant_of(grant: &Grant) -> String {
    let grantee = grant.grantee();
    let group = grantee.and_then(|it| it.uri()).map(|uri| uri.trim_start_matches(GROUPS));
    let who = group.or(grantee.and_then(|it| it.id())).unwrap_or("somebody");
    let what = grant.permission().map_or("something", Permission::as_str);
    format!("{who} {what}")
}

async fn encryption(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_encryption().bucket(name).send().await;
    set_or_null(asked.during("GetBucketEncryption").map(|answer| {
        let rules = answer.server_side_encryption_configuration.map(|found| found.rules);
        let rules = rules.unwrap_or_default();
        let default = rules.first().and_then(|rule| rule.apply_server_side_encryption_by_default());
        default.map_or(Value::Null, |default| {
            let mut fact = Map::new();
            fact.insert("algorithm".to_owned(), json!(default.sse_algorithm().as_str()));
            if let Some(key) = default.kms_master_key_id() {
                fact.insert("key".to_owned(), json!(key));
            }
            Value::Object(fact)
        })
    }))
}

/// Suspended is as good as never begun, and all that can be had once it was.
async fn versioning(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_versioning().bucket(name).send().await;
    let answer = asked.during("GetBucketVersioning")?;
    Ok(match answer.status() {
        None | Some(BucketVersioningStatus::Suspended) => Value::Null,
        Some(word) => json!(word.as_str()),
    })
}

async fn lifecycle(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_lifecycle_configuration().bucket(name).send().await;
    set_or_null(asked.during("GetBucketLifecycleConfiguration").map(|answer| {
        let mut rules: Vec<_> = answer.rules().iter().map(rule).collect();
        rules.sort_by_key(|rule| rule["id"].to_string());
        json!(rules)
    }))
}

/// A rule in the words of a wish; what a wish never asks for is named, so that it differs.
fn rule(rule: &LifecycleRule) -> Value {
    let mut fact = Map::new();
    let mut put = |name: &str, value: Value| fact.insert(name.to_owned(), value);
    put("id", json!(rule.id()));
    put("enabled", json!(rule.status().as_str() == "Enabled"));
    put("prefix", json!(rule.filter().and_then(|filter| filter.prefix()).unwrap_or_default()));
    if let Some(days) = rule.expiration().and_then(|it| it.days()) {
        put("expire_days", json!(days));
    }
    if let Some(days) =
        rule.abort_incomplete_multipart_upload().and_then(|it| it.days_after_initiation())
    {
        put("abort_uploads_days", json!(days));
    }
    let filter = rule.filter();
    let also = [
        ("filter", filter.is_some_and(|it| it.tag().is_some() || it.and().is_some())),
        ("expiration", rule.expiration().is_some_and(|it| it.date().is_some())),
        ("transitions", !rule.transitions().is_empty()),
        ("noncurrent_transitions", !rule.noncurrent_version_transitions().is_empty()),
        ("noncurrent_expiration", rule.noncurrent_version_expiration().is_some()),
    ];
    for (name, _) in also.into_iter().filter(|(_, there)| *there) {
        put(name, json!("other"));
    }
    Value::Object(fact)
}

async fn bucket_policy(s3: &Client, name: &str) -> Result<Value> {
    let answer = s3.get_bucket_policy().bucket(name).send().await.during("GetBucketPolicy");
    set_or_null(answer.map(|answer| {
        let text = answer.policy.unwrap_or_default();
        policy::statements(serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }))
}
