//! The bucket that an earlier stack of the name kept, and the stack that is made of it.
//!
//! An import changes nothing else of a stack, not even its tags, and a stack that it makes
//! has none (CloudFormation User Guide, "Import AWS resources into a CloudFormation stack").
//! By its tags a stack is known as ours, so first comes a stack of nothing that has them,
//! then the import, then the change to the whole template. That the service imports by
//! itself what it meets wants names that stand in the template, which a name that is unique
//! in the world cannot.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{ResourceToImport, StackResourceSummary};
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::change_set::{Step, Wanted};
use crate::contents::Plan;
use crate::creation;
use crate::events::Follower;
use crate::kind::Kind;
use crate::owner::Lifetime;
use crate::services::Services;
use crate::stack::Found;
use crate::up;

/// A stack of nothing, and then the resource that stays, as the whole template has it.
const TEMPLATE: &str = include_str!("../templates/vm-bucket-kept.yaml");
const LOGICAL_ID: &str = "Bucket";
const BUCKET: &str = "\n  Bucket:\n";

/// Of a resource that a stack lists and does not have (CloudFormation API Reference,
/// StackResourceSummary).
const NOT_THERE: [&str; 5] = [
    "CREATE_FAILED",
    "DELETE_COMPLETE",
    "DELETE_SKIPPED",
    "IMPORT_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

/// The tags by which CloudFormation tells whose a resource is; nobody else can write them,
/// and what a template keeps, keeps them.
const STACK_TAG: &str = "aws:cloudformation:stack-name";
const LOGICAL_TAG: &str = "aws:cloudformation:logical-id";

/// More buckets a page than an account has by default (10,000), which asks for pages at all.
const PAGE: i32 = 10_000;

/// The bucket that the stack is to take in. Of several, nobody here knows the right one.
pub async fn find(
    services: &Services,
    plan: &Plan,
    found: Option<&Found>,
) -> Result<Option<String>> {
    if plan.target.kind != Some(Kind::VmBucket) {
        return Ok(None);
    }
    if let Some(found) = found
        && has_bucket(services, found).await?
    {
        return Ok(None);
    }
    let (stack, region) = (&plan.target.name, &services.region);
    let mut kept = all(services, stack).await.explain(|| {
        format!("cannot look for a bucket that an earlier stack {stack} kept ({region})")
    })?;
    if kept.len() > 1 {
        kept.sort_unstable();
        let what = format!("earlier stacks {stack} kept {} buckets ({region})", kept.len());
        let look = |name: &String| format!("`aws s3 ls --recursive --summarize s3://{name}`");
        let looks: Vec<_> = kept.iter().map(look).collect();
        return Err(Error::new(Exit::Exists, what).because(kept.join(", ")).next(format!(
            "look at what is in each ({}), remove all but the one that is to stay, and run the \
             same command again: it takes in the one that is left",
            looks.join(", ")
        )));
    }
    Ok(kept.pop())
}

/// Whether the stack has come as far as to have a bucket.
async fn has_bucket(services: &Services, found: &Found) -> Result<bool> {
    // Only the whole template has outputs. A release, which may not list what the stack
    // has, need not.
    if !found.outputs.is_empty() {
        return Ok(true);
    }
    let is_there = |resource: &StackResourceSummary| {
        let status = resource.resource_status().map_or("", |status| status.as_str());
        resource.logical_resource_id() == Some(LOGICAL_ID) && !NOT_THERE.contains(&status)
    };
    Ok(services.resources(found).await?.iter().any(is_there))
}

/// Has the stack take in the bucket that was kept, if there is one and it has none; a stack
/// that is not there is made for it.
pub async fn take_in(
    services: &Services,
    plan: &Plan,
    found: Option<Found>,
    keep: bool,
) -> Result<Option<Found>> {
    let Some(bucket) = find(services, plan, found.as_ref()).await? else { return Ok(found) };
    let name = plan.target.name.as_str();
    let say = format!("{name}: taking in the bucket {bucket}, which an earlier stack kept");
    services.context.progress().say(&say);
    let found = match found {
        Some(found) => found,
        None => {
            let wanted = Wanted {
                name,
                body: nothing(),
                parameters: &BTreeMap::new(),
                capabilities: &[],
                tags: plan.target.owner.tags(&services.context, Lifetime::Lasting),
            };
            // The bucket stays again, whatever becomes of the stack.
            creation::create(services, plan, &wanted, keep).await?
        }
    };
    import(services, &found, &bucket).await.map(Some)
}

/// The template without the bucket: an import refuses one that differs in anything else.
fn nothing() -> &'static str {
    let (nothing, _) = TEMPLATE.split_once(BUCKET).expect("the template has a bucket");
    nothing
}

async fn import(services: &Services, found: &Found, bucket: &str) -> Result<Found> {
    let name = found.name.as_str();
    let wanted = Wanted {
        name,
        body: TEMPLATE,
        parameters: &BTreeMap::new(),
        capabilities: &[],
        tags: found.own_tags(),
    };
    let resource = ResourceToImport::builder()
        .resource_type("AWS::S3::Bucket")
        .logical_resource_id(LOGICAL_ID)
        .resource_identifier("BucketName", bucket)
        .build();
    let change_set_name = services.change_set_name();
    let ticket = up::undo_change_set(services, name, &change_set_name);
    let cannot =
        || format!("cannot take the bucket {bucket} into the stack {name} ({})", services.region);
    let step = Step::Import(resource);
    let set = services.ask_for_change_set(&change_set_name, step, &wanted).await.explain(cannot)?;
    let set = services.planned(set).await?;
    let set = set.ok_or_else(|| Error::new(Exit::Failed, cannot()).because("nothing changes"))?;
    let follower = Follower::of_own_change(services, found).await?;
    services.execute(&set).await?;
    services.context.undo().settle(ticket);
    let ended = follower.end().await?;
    match ended.found.status.as_str() {
        "IMPORT_COMPLETE" => Ok(ended.found),
        _ => Err(ended
            .explain(Error::new(Exit::Failed, cannot()))
            .next("mend the cause, then run the same command again")),
    }
}

/// The buckets in the region that CloudFormation made for a stack of this name.
async fn all(services: &Services, stack: &str) -> Result<Vec<String>> {
    // The names that the service makes up begin so.
    let prefix = format!("{stack}-{LOGICAL_ID}-").to_lowercase();
    let call = services.s3.list_buckets().prefix(&prefix).bucket_region(&services.region);
    let mut pages = call.max_buckets(PAGE).into_paginator().send();
    let mut kept = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.during("ListBuckets")?;
        for name in page.buckets().iter().filter_map(|bucket| bucket.name()) {
            if name.starts_with(&prefix) && is_of(services, name, stack).await? {
                kept.push(name.to_owned());
            }
        }
    }
    Ok(kept)
}

async fn is_of(services: &Services, bucket: &str, stack: &str) -> Result<bool> {
    let answer = services.s3.get_bucket_tagging().bucket(bucket).send().await;
    let answer = match answer.during("GetBucketTagging") {
        Ok(answer) => answer,
        // It has no tags, or is just gone.
        Err(error) if error.is_not_found() => return Ok(false),
        Err(error) => return Err(error.context(format!("cannot read the tags of {bucket}"))),
    };
    let has = |key: &str, value: &str| {
        answer.tag_set().iter().any(|tag| tag.key() == key && tag.value() == value)
    };
    Ok(has(STACK_TAG, stack) && has(LOGICAL_TAG, LOGICAL_ID))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A difference would be a change of the bucket after its import.
    #[test]
    fn the_bucket_is_that_of_the_whole_template() {
        let (_, kept) = TEMPLATE.split_once(BUCKET).expect("a bucket");
        let whole = Kind::VmBucket.template();
        assert!(whole.body().contains(&format!("{BUCKET}{kept}\n")), "{kept}");
    }

    #[test]
    fn a_stack_of_nothing_costs_nothing() {
        let resources = nothing().split_once("\nResources:\n").expect("resources").1;
        assert_eq!(resources.matches("Type: ").count(), 1, "{resources}");
        assert!(resources.ends_with("    Type: AWS::CloudFormation::WaitConditionHandle\n"));
    }
}
