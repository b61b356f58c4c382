//! How bad it is that a fact is wrong, whether that would do damage again, and which call mends it.

use lib_common::reconcile::Severity::{self, Critical, High, Low, Medium};
use lib_common::reconcile::{Difference, Wrong};

/// What is thought of a fact.
pub struct Judgement {
    pub fact: &'static str,
    pub severity: Severity,
    /// Whether somebody is let in, or more is destroyed, for as long as it is wrong.
    pub is_dangerous: bool,
    /// What mends it, as policies name it.
    pub call: &'static str,
}

const SET: &str = "sqs:SetQueueAttributes";

/// What is thought of the facts of a queue.
pub const QUEUE: [Judgement; 12] = [
    // It lets others in, or keeps the workers out.
    of("Policy", Critical, true, SET),
    // Whoever holds the key decides who can send and receive.
    of("KmsMasterKeyId", Critical, false, SET),
    // Messages are dropped that no worker has come to yet.
    of("MessageRetentionPeriod", High, true, SET),
    of("RedrivePolicy", High, false, SET),
    of("RedriveAllowPolicy", High, false, SET),
    of("VisibilityTimeout", High, false, SET),
    of("DelaySeconds", High, false, SET),
    of("MaximumMessageSize", High, false, SET),
    of("SqsManagedSseEnabled", Medium, false, SET),
    of("ReceiveMessageWaitTimeSeconds", Low, false, SET),
    of("FifoQueue", Critical, false, "sqs:CreateQueue"),
    of("tags", Low, false, "sqs:TagQueue"),
];

/// What is thought of the facts of a bucket, beside its ways in and out.
pub const BUCKET: [Judgement; 8] = [
    of("policy", Critical, true, "s3:PutBucketPolicy"),
    of("public_access_block", Critical, true, "s3:PutBucketPublicAccessBlock"),
    of("acl", Critical, true, "s3:PutBucketAcl"),
    of("ownership", High, true, "s3:PutBucketOwnershipControls"),
    // Montages are deleted before anybody has fetched them.
    of("lifecycle", High, true, "s3:PutLifecycleConfiguration"),
    of("encryption", High, false, "s3:PutEncryptionConfiguration"),
    of("versioning", Low, false, "s3:PutBucketVersioning"),
    // By them the bucket is found, whose name is random.
    of("tags", Medium, false, "s3:PutBucketTagging"),
];

const fn of(
    fact: &'static str,
    severity: Severity,
    is_dangerous: bool,
    call: &'static str,
) -> Judgement {
    Judgement { fact, severity, is_dangerous, call }
}

/// What is thought of one fact.
pub fn on<'a>(fact: &str, all: impl IntoIterator<Item = &'a Judgement>) -> Option<&'a Judgement> {
    all.into_iter().find(|judgement| judgement.fact == fact)
}

/// How bad it is.
pub fn severity<'a>(wrong: &Wrong<'_>, all: impl IntoIterator<Item = &'a Judgement>) -> Severity {
    let judged = match wrong {
        Wrong::Fact(_, Difference { fact, .. }) => on(fact, all),
        _ => None,
    };
    judged.map_or_else(|| wrong.usual_severity(), |judgement| judgement.severity)
}
