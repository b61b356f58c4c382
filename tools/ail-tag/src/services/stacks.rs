//! Tags of stacks: they change by an update of the stack, and by nothing else.

mod effect;

use std::time::Duration;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types::{
    ChangeSetStatus, ChangeSetType, Parameter, ResourceChange, Stack, StackStatus, Tag,
};
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Result};

use crate::change::{Step, Tags};

/// An update that changes tags alone takes seconds a resource.
const TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Computing a change set takes seconds, minutes for stacks of hundreds of resources.
const COMPUTED: Duration = Duration::from_secs(5 * 60);

pub async fn read(cloudformation: &Client, id: &str) -> Result<Tags> {
    let tags = find(cloudformation, id).await?.tags.unwrap_or_default().into_iter();
    Ok(tags.filter_map(|tag| Some((tag.key?, tag.value?))).collect())
}

async fn find(cloudformation: &Client, id: &str) -> Result<Stack> {
    let asked = cloudformation.describe_stacks().stack_name(id).send().await;
    let found = asked.during("DescribeStacks")?.stacks.unwrap_or_default().into_iter().next();
    found
        .filter(|stack| stack.stack_status != Some(StackStatus::DeleteComplete))
        .ok_or_else(|| Error::new(Exit::NotFound, "the stack does not exist"))
}

/// Updates a stack with the template and the parameters that it has. A parameter that names
/// something to be looked up (`AWS::SSM::Parameter::Value`) may come out differently today,
/// and a tag may be what a resource is replaced for: so the change set is read first, and
/// run only if it changes tags and nothing else.
pub async fn write(context: &Context, cloudformation: &Client, step: &Step) -> Result<()> {
    let id = step.thing.asset.id.as_str();
    let stack = find(cloudformation, id).await?;
    let task = context.progress().task(step.thing.asset.label());
    let waiter = |what: &str| {
        Waiter::new(format!("{what} of {}", step.thing.asset.label()), context.timeout(TIMEOUT))
    };
    let name = format!("ail-tag-{}", context.run());
    let (cf, stack_id, set) = (cloudformation.clone(), id.to_owned(), name.clone());
    let ticket = context.undo().push(
        format!("delete change set {name} of {}", step.thing.asset.label()),
        format!("aws cloudformation delete-change-set --stack-name {id} --change-set-name {name}"),
        async move { drop_change_set(&cf, &stack_id, &set).await },
    );
    let prepared = prepare(context, cloudformation, &stack, step, &name, &task, &waiter).await;
    let changes = match prepared {
        Ok(changes) => changes,
        Err(error) => {
            drop_change_set(cloudformation, id, &name).await?;
            context.undo().settle(ticket);
            return Err(error);
        }
    };
    if let Some(more) = effect::more_than_tags(&changes) {
        drop_change_set(cloudformation, id, &name).await?;
        context.undo().settle(ticket);
        let what = "an update of its tags would change more than tags";
        return Err(Error::new(Exit::Refused, what).because(more));
    }
    let execute = cloudformation.execute_change_set().stack_name(id).change_set_name(&name);
    context.undo().finish(execute.send()).await.during("ExecuteChangeSet")?;
    context.undo().settle(ticket);
    let look = || async { updated(cloudformation, id, stack.last_updated_time()).await };
    waiter("the update").until(&task, look).await?;
    task.done("tagged");
    Ok(())
}

async fn prepare(
    context: &Context,
    cloudformation: &Client,
    stack: &Stack,
    step: &Step,
    name: &str,
    task: &Task,
    waiter: impl Fn(&str) -> Waiter,
) -> Result<Vec<ResourceChange>> {
    let id = step.thing.asset.id.as_str();
    let tags = step.change.applied_to(&step.present);
    let tags = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
    let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
    let kept = stack.parameters().iter().filter_map(|parameter| parameter.parameter_key());
    let kept =
        kept.map(|key| Parameter::builder().parameter_key(key).use_previous_value(true).build());
    let create = cloudformation
        .create_change_set()
        .stack_name(id)
        .change_set_name(name)
        .change_set_type(ChangeSetType::Update)
        .use_previous_template(true)
        .set_parameters(Some(kept.collect()))
        .set_capabilities(Some(stack.capabilities().to_vec()))
        .set_tags(Some(tags.collect()));
    context.undo().finish(create.send()).await.during("CreateChangeSet")?;
    let look = || async { ready(cloudformation, id, name).await };
    waiter("the change set").until(task, look).await?;
    changes(cloudformation, id, name).await
}

async fn ready(cloudformation: &Client, stack: &str, name: &str) -> Result<Seen<()>> {
    let asked =
        cloudformation.describe_change_set().stack_name(stack).change_set_name(name).send().await;
    let set = match asked.during("DescribeChangeSet") {
        Err(error) if error.is_not_found() => return Ok(Seen::Missing),
        other => other?,
    };
    match set.status() {
        Some(ChangeSetStatus::CreateComplete) => Ok(Seen::Ready(())),
        Some(ChangeSetStatus::Failed) => {
            let reason = set.status_reason().unwrap_or("no reason given");
            Err(Error::new(Exit::Failed, "CloudFormation cannot change its tags").because(reason))
        }
        other => Ok(Seen::Pending(other.map(ToString::to_string).unwrap_or_default())),
    }
}

async fn changes(cloudformation: &Client, stack: &str, name: &str) -> Result<Vec<ResourceChange>> {
    let (mut changes, mut token) = (Vec::new(), None);
    loop {
        let page = cloudformation
            .describe_change_set()
            .stack_name(stack)
            .change_set_name(name)
            .set_next_token(token)
            .send()
            .await
            .during("DescribeChangeSet")?;
        let found = page.changes.unwrap_or_default().into_iter();
        changes.extend(found.filter_map(|change| change.resource_change));
        token = page.next_token;
        if token.is_none() {
            return Ok(changes);
        }
    }
}

/// Whether an update has ended that began after the one at `before`.
async fn updated(cloudformation: &Client, id: &str, before: Option<&DateTime>) -> Result<Seen<()>> {
    let stack = find(cloudformation, id).await?;
    let status = stack.stack_status.as_ref().map(ToString::to_string).unwrap_or_default();
    if stack.last_updated_time() == before {
        return Ok(Seen::Pending(status));
    }
    match status.as_str() {
        "UPDATE_COMPLETE" => Ok(Seen::Ready(())),
        failed if failed.ends_with("_FAILED") || failed.ends_with("ROLLBACK_COMPLETE") => {
            let reason = stack.stack_status_reason().unwrap_or("no reason given");
            Err(Error::new(Exit::Failed, status).because(reason))
        }
        _ => Ok(Seen::Pending(status)),
    }
}

/// Deletes a change set; that it is gone already is as good. While CloudFormation still
/// computes it, it refuses.
async fn drop_change_set(cloudformation: &Client, stack: &str, name: &str) -> Result<()> {
    let waiter = Waiter::new(format!("change set {name} to be gone"), COMPUTED);
    let step = || async {
        let asked =
            cloudformation.delete_change_set().stack_name(stack).change_set_name(name).send().await;
        match asked.during("DeleteChangeSet") {
            Err(error) if error.is_not_found() => Ok(Seen::Ready(())),
            Err(error) if error.code() == Some("InvalidChangeSetStatus") => {
                Ok(Seen::Pending(error.summary()))
            }
            other => other.map(|_| Seen::Ready(())),
        }
    };
    waiter.until(&Task::silent(), step).await
}
