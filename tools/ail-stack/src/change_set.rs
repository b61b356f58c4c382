//! Change sets: what a template would change, before it does.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::operation::describe_change_set::builders::DescribeChangeSetFluentBuilder;
use aws_sdk_cloudformation::types::{
    self, ChangeSetStatus, ChangeSetType, OnStackFailure, Parameter, Replacement, ResourceToImport,
    Tag,
};
use lib_common::aws::{During, Explain};
use lib_common::tags::Tags;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use rand::RngExt;

use crate::capability::Capability;
use crate::line::Change;
use crate::services::Services;

/// What the stack is to become.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub name: &'a str,
    pub body: &'a str,
    pub parameters: &'a BTreeMap<String, String>,
    pub capabilities: &'a [Capability],
    pub tags: Tags,
}

/// Whether the stack exists.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It does not; where its creation fails, it is kept for a look, or it goes.
    Create {
        keep: bool,
    },
    /// It does, and takes in a resource that does, too.
    Import(ResourceToImport),
    Update,
}

/// A change set that can be executed.
#[derive(Debug)]
pub struct ChangeSet {
    name: String,
    stack: String,
    pub stack_id: String,
    pub changes: Vec<Change>,
}

impl Services {
    /// A name that no other change set of the stack has: names of executed ones stay taken.
    pub fn change_set_name(&self) -> String {
        format!("ail-{}-{:04x}", self.context.run(), rand::rng().random::<u16>())
    }

    /// Asks for a change set. Once this is answered, a new stack exists.
    pub async fn ask_for_change_set(
        &self,
        name: &str,
        step: Step,
        wanted: &Wanted<'_>,
    ) -> Result<ChangeSet> {
        let call = self
            .cloudformation
            .create_change_set()
            .stack_name(wanted.name)
            .change_set_name(name)
            .client_token(name)
            .template_body(wanted.body)
            .set_parameters(Some(parameters(wanted.parameters)))
            .set_capabilities(Some(wanted.capabilities.iter().map(|c| c.api()).collect()))
            .set_tags(Some(tags(&wanted.tags)));
        let call = match step {
            Step::Update => call.change_set_type(ChangeSetType::Update),
            Step::Import(resource) => {
                call.change_set_type(ChangeSetType::Import).resources_to_import(resource)
            }
            Step::Create { keep } => call
                .change_set_type(ChangeSetType::Create)
                // The service takes back what failed, even if this process is gone by then.
                .on_stack_failure(match keep {
                    true => OnStackFailure::DoNothing,
                    false => OnStackFailure::Delete,
                }),
        };
        let made = self
            .context
            .undo()
            .finish(async move { call.send().await })
            .await
            .during("CreateChangeSet")
            .explain(|| self.cannot_plan(wanted.name))?;
        Ok(ChangeSet {
            name: name.to_owned(),
            stack: wanted.name.to_owned(),
            stack_id: made.stack_id().unwrap_or_default().to_owned(),
            changes: Vec::new(),
        })
    }

    /// Waits until a change set says what it would change; `None` if that is nothing, and
    /// then it is deleted.
    pub async fn planned(&self, set: ChangeSet) -> Result<Option<ChangeSet>> {
        let cannot = || self.cannot_plan(&set.stack);
        let planned = self.wait_for(&set).await.explain(cannot)?;
        match planned.status() {
            Some(ChangeSetStatus::CreateComplete) => {
                let changes = self.changes(&set, planned).await.explain(cannot)?;
                Ok(Some(ChangeSet { changes, ..set }))
            }
            _ => {
                let reason = planned.status_reason().unwrap_or("the service gives no reason");
                self.delete_change_set(&set).await?;
                match says_no_changes(reason) {
                    true => Ok(None),
                    false => Err(Error::new(Exit::Failed, cannot()).because(reason)),
                }
            }
        }
    }

    fn cannot_plan(&self, stack: &str) -> String {
        format!("cannot plan the stack {stack} ({})", self.region)
    }

    async fn wait_for(&self, set: &ChangeSet) -> Result<DescribeChangeSetOutput> {
        let task = self.context.progress().task(&set.stack);
        let waiter = Waiter::new(format!("the change set {}", set.name), self.patience)
            .every(Duration::from_millis(300), Duration::from_secs(5));
        waiter
            .until(&task, || async {
                let described = match self.described(set).send().await.during("DescribeChangeSet") {
                    Ok(described) => described,
                    Err(error) if error.is_not_found() => return Ok(Seen::Missing),
                    Err(error) => return Err(error),
                };
                Ok(match described.status() {
                    Some(ChangeSetStatus::CreateComplete | ChangeSetStatus::Failed) => {
                        Seen::Ready(described)
                    }
                    _ => Seen::Pending("planning".to_owned()),
                })
            })
            .await
    }

    /// All changes; the first page came with the description.
    async fn changes(
        &self,
        set: &ChangeSet,
        first: DescribeChangeSetOutput,
    ) -> Result<Vec<Change>> {
        let mut changes: Vec<_> = first.changes().iter().filter_map(change).collect();
        let mut token = first.next_token().map(str::to_owned);
        while let Some(next) = token {
            let page =
                self.described(set).next_token(next).send().await.during("DescribeChangeSet")?;
            changes.extend(page.changes().iter().filter_map(change));
            token = page.next_token().map(str::to_owned);
        }
        Ok(changes)
    }

    pub async fn execute(&self, set: &ChangeSet) -> Result<()> {
        let call = self
            .cloudformation
            .execute_change_set()
            .stack_name(&set.stack_id)
            .change_set_name(&set.name)
            // Each change set is executed once, so its name is token enough.
            .client_request_token(&set.name);
        let answer = self.context.undo().finish(async move { call.send().await }).await;
        answer
            .during("ExecuteChangeSet")
            .explain(|| format!("cannot change the stack {} ({})", set.stack, self.region))?;
        Ok(())
    }

    pub async fn delete_change_set(&self, set: &ChangeSet) -> Result<()> {
        let call = self.cloudformation.delete_change_set();
        let call = call.stack_name(&set.stack_id).change_set_name(&set.name);
        let answer = self.context.undo().finish(async move { call.send().await }).await;
        answer
            .during("DeleteChangeSet")
            .explain(|| format!("cannot delete the change set {} ({})", set.name, self.region))?;
        Ok(())
    }

    /// By the stack and its own name: an ARN of a change set has no stack in it, and a role that
    /// may read those of some stacks is named by these.
    fn described(&self, set: &ChangeSet) -> DescribeChangeSetFluentBuilder {
        let call = self.cloudformation.describe_change_set();
        call.stack_name(&set.stack_id).change_set_name(&set.name)
    }
}

impl ChangeSet {
    /// What would be lost: resources that are removed, or made anew.
    pub fn losses(&self) -> Vec<&Change> {
        self.changes.iter().filter(|change| change.loses()).collect()
    }
}

/// The service's two ways to say it; it has no code for it.
fn says_no_changes(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

fn parameters(values: &BTreeMap<String, String>) -> Vec<Parameter> {
    let pair = |(key, value): (&String, &String)| {
        Parameter::builder().parameter_key(key).parameter_value(value).build()
    };
    values.iter().map(pair).collect()
}

fn tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn change(change: &types::Change) -> Option<Change> {
    let change = change.resource_change()?;
    let reasons = change.details().iter().filter_map(|detail| {
        let target = detail.target()?;
        Some(match target.name() {
            Some(name) => name.to_owned(),
            None => target.attribute()?.as_str().to_owned(),
        })
    });
    let mut because: Vec<_> = reasons.collect();
    because.sort();
    because.dedup();
    Some(Change {
        action: change.action()?.as_str().to_owned(),
        logical_id: change.logical_resource_id().unwrap_or_default().to_owned(),
        resource_type: change.resource_type().unwrap_or_default().to_owned(),
        physical_id: change.physical_resource_id().map(str::to_owned),
        replacement: change.replacement().map(|replacement| match replacement {
            Replacement::True => "always".to_owned(),
            Replacement::False => "never".to_owned(),
            other => other.as_str().to_lowercase(),
        }),
        because,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_changes_is_known_by_its_words() {
        assert!(says_no_changes(
            "The submitted information didn't contain changes. Submit different information."
        ));
        assert!(says_no_changes("No updates are to be performed."));
        assert!(!says_no_changes("Parameters: [ImageId] must have values"));
    }
}
