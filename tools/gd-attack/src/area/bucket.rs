//! Attacks on the bucket of the montages.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, Delete, ExpirationStatus,
    LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, ObjectIdentifier, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};
use serde_json::json;

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Bucket;
use crate::attack::{Attack, QUEUE, changed, extra_in, missing, missing_of};
use crate::hand::Hand;

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "bucket-denied",
        difficulty: Easy,
        does: "denies everybody to put montages into the bucket",
        symptom: "jobs come back until they are dead letters; no montage is kept",
        finding: extra_in(QUEUE, "bucket", "policy"),
        mend: "s3:PutBucketPolicy",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let policy = json!({"Version": "2012-10-17", "Statement": [{
                    "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
                    "Resource": format!("arn:aws:s3:::{}/out/*", hand.id),
                }]});
                let call = hand.world.s3.put_bucket_policy().bucket(&hand.id);
                call.policy(policy.to_string()).send().await.during("PutBucketPolicy").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-policy-deleted",
        difficulty: Medium,
        does: "deletes the bucket's policy, which wants TLS",
        symptom: "nothing; montages can be read on their way",
        finding: missing_of(QUEUE, "bucket", "policy"),
        mend: "s3:PutBucketPolicy",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.s3.delete_bucket_policy().bucket(&hand.id);
                call.send().await.during("DeleteBucketPolicy").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-unblocked",
        difficulty: Hard,
        does: "takes the bucket's block of public access away",
        symptom: "nothing, until somebody makes a montage public",
        finding: missing_of(QUEUE, "bucket", "public_access_block"),
        mend: "s3:PutBucketPublicAccessBlock",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.s3.delete_public_access_block().bucket(&hand.id);
                call.send().await.during("DeletePublicAccessBlock").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-disowned",
        difficulty: Hard,
        does: "lets whoever puts an object into the bucket own it",
        symptom: "nothing, until an object is there that its owner alone can read",
        finding: changed(QUEUE, "bucket", "ownership"),
        mend: "s3:PutBucketOwnershipControls",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let rule = OwnershipControlsRule::builder();
                let rule = rule.object_ownership(ObjectOwnership::ObjectWriter).build();
                let controls = OwnershipControls::builder().rules(rule.map_err(written)?).build();
                let call = hand.world.s3.put_bucket_ownership_controls().bucket(&hand.id);
                let call = call.ownership_controls(controls.map_err(written)?);
                call.send().await.during("PutBucketOwnershipControls").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-forgets",
        difficulty: Hard,
        does: "has every montage deleted after a day",
        symptom: "nothing, until tomorrow",
        finding: extra_in(QUEUE, "bucket", "lifecycle"),
        mend: "s3:PutLifecycleConfiguration",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let rule = LifecycleRule::builder().id("tidy").status(ExpirationStatus::Enabled);
                let rule = rule.filter(LifecycleRuleFilter::builder().prefix("").build());
                let rule = rule.expiration(LifecycleExpiration::builder().days(1).build());
                let rules = BucketLifecycleConfiguration::builder();
                let rules = rules.rules(rule.build().map_err(written)?).build();
                let call = hand.world.s3.put_bucket_lifecycle_configuration().bucket(&hand.id);
                let call = call.lifecycle_configuration(rules.map_err(written)?);
                call.send().await.during("PutBucketLifecycleConfiguration").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-lifecycle-deleted",
        difficulty: Medium,
        does: "has nothing in the bucket ever deleted",
        symptom: "nothing, until the bill comes",
        finding: missing_of(QUEUE, "bucket", "lifecycle"),
        mend: "s3:PutLifecycleConfiguration",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.s3.delete_bucket_lifecycle().bucket(&hand.id);
                call.send().await.during("DeleteBucketLifecycle").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-versioned",
        difficulty: Medium,
        does: "has the bucket keep every version of everything",
        symptom: "nothing, until the bill comes; what is deleted is still there",
        finding: extra_in(QUEUE, "bucket", "versioning"),
        mend: "s3:PutBucketVersioning",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let on = VersioningConfiguration::builder();
                let on = on.status(BucketVersioningStatus::Enabled).build();
                let call = hand.world.s3.put_bucket_versioning().bucket(&hand.id);
                let call = call.versioning_configuration(on);
                call.send().await.during("PutBucketVersioning").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-locked",
        difficulty: Medium,
        does: "encrypts new montages with a key that the workers may not use",
        symptom: "no montage is kept, though the bucket's policy is right",
        finding: changed(QUEUE, "bucket", "encryption"),
        mend: "s3:PutEncryptionConfiguration",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let key = ServerSideEncryptionByDefault::builder();
                let key = key.sse_algorithm(ServerSideEncryption::AwsKms);
                let key = key.kms_master_key_id("00000000-0000-4000-8000-000000000000").build();
                let rule = ServerSideEncryptionRule::builder();
                let rule = rule.apply_server_side_encryption_by_default(key.map_err(written)?);
                let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build());
                let call = hand.world.s3.put_bucket_encryption().bucket(&hand.id);
                let call =
                    call.server_side_encryption_configuration(rules.build().map_err(written)?);
                call.send().await.during("PutBucketEncryption").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-deleted",
        difficulty: Easy,
        does: "deletes every montage, and the bucket",
        symptom: "no montage is kept, and none is there any more",
        finding: missing(QUEUE, "bucket"),
        mend: "s3:CreateBucket",
        target: Bucket,
        deed: |hand| Box::pin(delete(hand)),
    },
];

async fn delete(hand: Hand) -> Result<()> {
    let s3 = &hand.world.s3;
    let mut pages = s3.list_objects_v2().bucket(&hand.id).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.during("ListObjectsV2")?;
        let mut objects = Vec::new();
        for key in page.contents().iter().filter_map(|object| object.key()) {
            objects.push(ObjectIdentifier::builder().key(key).build().map_err(written)?);
        }
        if objects.is_empty() {
            continue;
        }
        let these = Delete::builder().set_objects(Some(objects)).build().map_err(written)?;
        let call = s3.delete_objects().bucket(&hand.id).delete(these);
        call.send().await.during("DeleteObjects")?;
    }
    s3.delete_bucket().bucket(&hand.id).send().await.during("DeleteBucket").map(drop)
}

fn written(error: aws_smithy_types::error::operation::BuildError) -> Error {
    Error::new(Exit::Failed, "the attack is written wrong").caused_by(&error)
}
