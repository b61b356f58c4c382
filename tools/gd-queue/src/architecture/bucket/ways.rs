//! Ways in and out of a bucket, which none of ours has: whoever opens one can read the montages,
//! write some, or hear of each. A lock on its objects keeps them from being deleted.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLoggingStatus, NotificationConfiguration, ObjectLockConfiguration, ObjectLockEnabled,
};
use futures::TryFutureExt;
use lib_common::Result;
use lib_common::aws::During;
use lib_common::reconcile::Facts;
use lib_common::reconcile::Severity::{self, Critical, High, Medium};
use serde_json::{Value, json};

use super::look::set_or_null;
use crate::architecture::judgement::Judgement;

/// The facts of this module, and what is thought of each.
pub const WAYS: [Judgement; 7] = [
    way("replication", Critical, "s3:PutReplicationConfiguration"),
    way("inventory", High, "s3:PutInventoryConfiguration"),
    way("notification", Medium, "s3:PutBucketNotification"),
    way("logging", Medium, "s3:PutBucketLogging"),
    way("website", High, "s3:DeleteBucketWebsite"),
    way("cors", Medium, "s3:PutBucketCORS"),
    way("object_lock", High, "s3:PutBucketObjectLockConfiguration"),
];

const fn way(fact: &'static str, severity: Severity, call: &'static str) -> Judgement {
    Judgement { fact, severity, is_dangerous: true, call }
}

/// What leads in and out, a call a fact; null where nothing does.
pub async fn at(s3: &Client, name: &str) -> Result<Facts> {
    let (replication, inventory, notification, logging, website, cors, lock) = futures::try_join!(
        replication(s3, name),
        inventory(s3, name),
        notification(s3, name),
        logging(s3, name),
        website(s3, name),
        cors(s3, name),
        object_lock(s3, name),
    )?;
    let found = [replication, inventory, notification, logging, website, cors, lock];
    Ok(WAYS.iter().map(|way| way.fact.to_owned()).zip(found).collect())
}

async fn replication(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_replication().bucket(name).send().await;
    set_or_null(asked.during("GetBucketReplication").map(|answer| {
        let found = answer.replication_configuration;
        let rules = found.iter().flat_map(|found| found.rules());
        list(rules.map(|rule| {
            json!({
                "to": rule.destination().map(|to| to.bucket()),
                "enabled": rule.status().as_str() == "Enabled",
            })
        }))
    }))
}

async fn inventory(s3: &Client, name: &str) -> Result<Value> {
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let asked = s3.list_bucket_inventory_configurations().bucket(name);
        let asked = asked.set_continuation_token(token).send().await;
        let page = asked.during("ListBucketInventoryConfigurations")?;
        let lists = page.inventory_configuration_list().iter();
        found.extend(lists.map(|one| {
            let to = one.destination().and_then(|to| to.s3_bucket_destination());
            json!({"id": one.id(), "to": to.map(|to| to.bucket())})
        }));
        token = page.next_continuation_token;
        if token.is_none() {
            return Ok(list(found.into_iter()));
        }
    }
}

async fn notification(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_notification_configuration().bucket(name).send().await;
    asked.during("GetBucketNotificationConfiguration").map(|found| {
        let queues = found.queue_configurations().iter().map(|it| it.queue_arn());
        let topics = found.topic_configurations().iter().map(|it| it.topic_arn());
        let functions =
            found.lambda_function_configurations().iter().map(|it| it.lambda_function_arn());
        let bus = found.event_bridge_configuration().map(|_| "EventBridge");
        let mut told: Vec<_> = queues.chain(topics).chain(functions).chain(bus).collect();
        told.sort_unstable();
        list(told.into_iter().map(Value::from))
    })
}

async fn logging(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_logging().bucket(name).send().await;
    asked.during("GetBucketLogging").map(|answer| {
        let enabled = answer.logging_enabled();
        enabled.map_or(Value::Null, |to| json!({"to": to.target_bucket()}))
    })
}

async fn website(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_website().bucket(name).send().await;
    set_or_null(asked.during("GetBucketWebsite").map(|found| {
        json!({
            "index": found.index_document().map(|index| index.suffix()),
            "redirects_to": found.redirect_all_requests_to().map(|to| to.host_name()),
        })
    }))
}

async fn cors(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_bucket_cors().bucket(name).send().await;
    set_or_null(asked.during("GetBucketCors").map(|answer| {
        let rules = answer.cors_rules().iter();
        list(
            rules.map(
                |rule| json!({"from": rule.allowed_origins(), "methods": rule.allowed_methods()}),
            ),
        )
    }))
}

/// The lock that new objects get. That a bucket can have locks cannot be taken back (Amazon S3
/// User Guide, "Configuring S3 Object Lock"), and locks nothing by itself.
async fn object_lock(s3: &Client, name: &str) -> Result<Value> {
    let asked = s3.get_object_lock_configuration().bucket(name).send().await;
    set_or_null(asked.during("GetObjectLockConfiguration").map(|answer| {
        let found = answer.object_lock_configuration;
        let rule = found.as_ref().and_then(|found| found.rule()?.default_retention());
        rule.map_or(Value::Null, |lock| {
            json!({
                "mode": lock.mode().map(|mode| mode.as_str()),
                "days": lock.days(),
                "years": lock.years(),
            })
        })
    }))
}

/// Nothing is null, as a wish for nothing is.
fn list(found: impl Iterator<Item = Value>) -> Value {
    let found: Vec<_> = found.collect();
    if found.is_empty() { Value::Null } else { Value::Array(found) }
}

/// Closes one of them.
pub async fn close(s3: &Client, name: &str, fact: &str, found: &Value) -> Result<()> {
    match fact {
        "replication" => {
            let asked = s3.delete_bucket_replication().bucket(name).send();
            asked.await.during("DeleteBucketReplication").map(drop)
        }
        "inventory" => stop_inventories(s3, name, found).await,
        "notification" => {
            let nobody = NotificationConfiguration::builder().build();
            let asked = s3.put_bucket_notification_configuration().bucket(name);
            let asked = asked.notification_configuration(nobody).send();
            asked.await.during("PutBucketNotificationConfiguration").map(drop)
        }
        "logging" => {
            let nowhere = BucketLoggingStatus::builder().build();
            let asked = s3.put_bucket_logging().bucket(name).bucket_logging_status(nowhere).send();
            asked.await.during("PutBucketLogging").map(drop)
        }
        "website" => {
            let asked = s3.delete_bucket_website().bucket(name).send();
            asked.await.during("DeleteBucketWebsite").map(drop)
        }
        "cors" => {
            let asked = s3.delete_bucket_cors().bucket(name).send();
            asked.await.during("DeleteBucketCors").map(drop)
        }
        _ => {
            let enabled = ObjectLockEnabled::Enabled;
            let none = ObjectLockConfiguration::builder().object_lock_enabled(enabled).build();
            let asked = s3.put_object_lock_configuration().bucket(name);
            asked
                .object_lock_configuration(none)
                .send()
                .map_ok(drop)
                .await
                .during("PutObjectLockConfiguration")
        }
    }
}

async fn stop_inventories(s3: &Client, name: &str, found: &Value) -> Result<()> {
    let ids = found.as_array().into_iter().flatten().filter_map(|one| one["id"].as_str());
    for id in ids {
        let asked = s3.delete_bucket_inventory_configuration().bucket(name).id(id).send();
        asked.await.during("DeleteBucketInventoryConfiguration")?;
    }
    Ok(())
}
