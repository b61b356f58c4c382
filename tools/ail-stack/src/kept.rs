//! The bucket that an earlier stack of the name kept, and the stack that is made of it.
//!
//! An import makes a stack of what exists and of nothing else (CloudFormation User Guide,
//! "Import AWS resources into a CloudFormation stack"), so the change to the whole template
//! comes after it. That the service imports by itself what it meets wants names that stand in
//! the template, which a name that is unique in the world cannot.

use aws_sdk_cloudformation::types::ResourceToImport;
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::change_set::{Step, Wanted};
use crate::contents::Plan;
use crate::events::Follower;
use crate::kind::Kind;
use crate::owner::Lifetime;
use crate::services::{Services, is_refusal};
use crate::stack::Found;
use crate::up;

/// The resource that stays, as the template has it.
const TEMPLATE: &str = include_str!("../templates/vm-bucket-kept.yaml");
const LOGICAL_ID: &str = "Bucket";

/// The tags by which CloudFormation tells whose a resource is; nobody else can write them,
/// and what a template keeps, keeps them.
const STACK_TAG: &str = "aws:cloudformation:stack-name";
const LOGICAL_TAG: &str = "aws:cloudformation:logical-id";

/// More buckets a page than an account has by default (10,000), which asks for pages at all.
const PAGE: i32 = 10_000;

/// The bucket that a new stack is to take in. Of several, nobody here knows the right one.
pub async fn find(services: &Services, plan: &Plan) -> Result<Option<String>> {
    if plan.target.kind != Some(Kind::VmBucket) {
        return Ok(None);
    }
    let (stack, region) = (&plan.target.name, &services.region);
    let mut kept = all(services, stack).await.explain(|| {
        format!("cannot look for a bucket that an earlier stack {stack} kept ({region})")
    })?;
    if kept.len() > 1 {
        let what = format!("earlier stacks {stack} kept {} buckets ({region})", kept.len());
        let rid = format!("`aws s3 rb --force s3://{}`", kept[0]);
        return Err(Error::new(Exit::Exists, what).because(kept.join(", ")).next(format!(
            "remove all but one with what is in them ({rid}), and run the same command again: it \
             takes in the one that is left"
        )));
    }
    Ok(kept.pop())
}

/// Makes the stack of the bucket that was kept, if there is one.
pub async fn take_in(services: &Services, plan: &Plan, keep: bool) -> Result<Option<Found>> {
    let Some(bucket) = find(services, plan).await? else { return Ok(None) };
    let name = plan.target.name.as_str();
    let say = format!("{name}: taking in the bucket {bucket}, which an earlier stack kept");
    services.context.progress().say(&say);
    // The bucket stays again, whatever becomes of the stack.
    let ticket = (!keep).then(|| up::undo_stack(services, plan, name));
    let wanted = Wanted {
        name,
        body: TEMPLATE,
        parameters: &Default::default(),
        capabilities: &[],
        tags: plan.target.owner.tags(&services.context, Lifetime::Lasting),
    };
    let resource = ResourceToImport::builder()
        .resource_type("AWS::S3::Bucket")
        .logical_resource_id(LOGICAL_ID)
        .resource_identifier("BucketName", &bucket)
        .build();
    let set = services
        .ask_for_change_set(&services.change_set_name(), Step::Import(resource), &wanted)
        .await;
    if let (Err(error), Some(ticket)) = (&set, ticket)
        && is_refusal(error)
    {
        services.context.undo().settle(ticket);
    }
    let cannot =
        || format!("cannot take the bucket {bucket} into the stack {name} ({})", services.region);
    let set = services.planned(set?).await?;
    let set = set.ok_or_else(|| Error::new(Exit::Failed, cannot()).because("nothing changes"))?;
    let planned = services.find(&set.stack_id).await?.ok_or_else(|| {
        Error::new(Exit::Temporary, cannot()).because("the stack vanished before it was made")
    })?;
    let follower = Follower::of_own_change(services, &planned).await?;
    services.execute(&set).await?;
    let ended = follower.end().await?;
    match ended.found.status.as_str() {
        "IMPORT_COMPLETE" => Ok(Some(ended.found)),
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
        let (_, kept) = TEMPLATE.split_once("\nResources:\n").expect("resources");
        let whole = Kind::VmBucket.template();
        assert!(whole.body().contains(&format!("\nResources:\n{kept}\n")), "{kept}");
    }
}
