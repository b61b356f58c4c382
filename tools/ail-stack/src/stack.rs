//! A stack as the service describes it.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types::{self, StackResourceSummary};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::record;

use crate::kind::Kind;
use crate::services::Services;

/// A stack that exists, or that did until it was deleted.
#[derive(Clone, Debug)]
pub struct Found {
    pub id: String,
    pub name: String,
    pub status: String,
    pub reason: Option<String>,
    pub parameters: BTreeMap<String, String>,
    /// Whether a parameter's value is looked up anew with every update (SSM parameters).
    pub looks_up: bool,
    pub outputs: BTreeMap<String, String>,
    pub tags: Vec<(String, String)>,
    /// Whether the service refuses to delete it (termination protection).
    pub is_protected: bool,
}

/// What can be done with a stack in its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is as its template says, or as it said before an update that failed.
    Live,
    /// Somebody works on it.
    Busy,
    /// Somebody deletes it.
    Leaving,
    /// It never came up, or went half-way: it can only be deleted.
    Dead,
    /// A rollback failed: a person has to look at it.
    Stuck,
    /// It is deleted.
    Gone,
}

impl Phase {
    /// The statuses are those of the CloudFormation User Guide, "Stack status codes".
    pub fn of(status: &str) -> Self {
        match status {
            "DELETE_COMPLETE" => Self::Gone,
            "DELETE_IN_PROGRESS" => Self::Leaving,
            // Made by a change set that was never executed: it has no resources.
            "REVIEW_IN_PROGRESS" => Self::Dead,
            "CREATE_FAILED" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "DELETE_FAILED" => {
                Self::Dead
            }
            "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => Self::Stuck,
            status if status.ends_with("_IN_PROGRESS") => Self::Busy,
            _ => Self::Live,
        }
    }
}

impl Found {
    pub fn phase(&self) -> Phase {
        Phase::of(&self.status)
    }

    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// The tags that an update must repeat; those of the service itself it may not.
    pub fn own_tags(&self) -> Vec<(String, String)> {
        self.tags.iter().filter(|(key, _)| !key.starts_with("aws:")).cloned().collect()
    }

    /// The member of the record.
    pub fn member(&self, kind: Option<Kind>) -> record::Stack {
        record::Stack {
            name: self.name.clone(),
            id: self.id.clone(),
            status: self.status.clone(),
            outputs: self.outputs.clone(),
            kind: kind.map(|kind| kind.name().to_owned()),
        }
    }
}

impl Services {
    /// Every resource of the stack, also those that are deleted.
    pub async fn resources(&self, found: &Found) -> Result<Vec<StackResourceSummary>> {
        let pages = self.cloudformation.list_stack_resources().stack_name(&found.id);
        let all = pages.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        all.during("ListStackResources")
            .explain(|| format!("cannot list the resources of {} ({})", found.name, self.region))
    }

    /// The stack of a name or an id; a deleted one is found only by its id.
    pub async fn find(&self, stack: &str) -> Result<Option<Found>> {
        let answer = self.cloudformation.describe_stacks().stack_name(stack).send().await;
        match answer.during("DescribeStacks") {
            Ok(answer) => Ok(answer.stacks().first().map(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
        .explain(|| format!("cannot look for the stack {stack} ({})", self.region))
    }
}

fn found(stack: &types::Stack) -> Found {
    let parameters = stack.parameters();
    let pair = |key: Option<&str>, value: Option<&str>| {
        Some((key?.to_owned(), value.unwrap_or_default().to_owned()))
    };
    Found {
        id: stack.stack_id().unwrap_or_default().to_owned(),
        name: stack.stack_name().unwrap_or_default().to_owned(),
        status: stack.stack_status().map_or("", |status| status.as_str()).to_owned(),
        reason: stack.stack_status_reason().map(str::to_owned),
        looks_up: parameters.iter().any(|p| p.resolved_value().is_some()),
        parameters: parameters
            .iter()
            .filter_map(|p| pair(p.parameter_key(), p.parameter_value()))
            .collect(),
        outputs: stack
            .outputs()
            .iter()
            .filter_map(|o| pair(o.output_key(), o.output_value()))
            .collect(),
        tags: stack.tags().iter().filter_map(|t| pair(t.key(), t.value())).collect(),
        is_protected: stack.enable_termination_protection().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_what_can_be_done() {
        for (status, phase) in [
            ("CREATE_COMPLETE", Phase::Live),
            ("UPDATE_COMPLETE", Phase::Live),
            ("UPDATE_ROLLBACK_COMPLETE", Phase::Live),
            // Half of it is missing, but what is there is whole.
            ("IMPORT_COMPLETE", Phase::Live),
            // It has not what it was to take in; the next run sees that (kept.rs).
            ("IMPORT_ROLLBACK_COMPLETE", Phase::Live),
            ("IMPORT_IN_PROGRESS", Phase::Busy),
            ("UPDATE_FAILED", Phase::Live),
            ("CREATE_IN_PROGRESS", Phase::Busy),
            ("ROLLBACK_IN_PROGRESS", Phase::Busy),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Phase::Busy),
            ("REVIEW_IN_PROGRESS", Phase::Dead),
            ("ROLLBACK_COMPLETE", Phase::Dead),
            ("DELETE_FAILED", Phase::Dead),
            ("DELETE_IN_PROGRESS", Phase::Leaving),
            ("UPDATE_ROLLBACK_FAILED", Phase::Stuck),
            ("DELETE_COMPLETE", Phase::Gone),
        ] {
            assert_eq!(Phase::of(status), phase, "{status}");
        }
    }
}
