//! Deleting stacks.

use std::cell::Cell;

use aws_sdk_cloudformation::types::{Stack, StackStatus};
use lib_common::asset::Asset;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::wait::Seen;
use lib_common::{Error, Exit, Result};

use super::deeds::{Done, Remover};
use crate::account::Account;
use crate::result::Fate;

/// After a request, a stack that failed to be deleted before may look so for a moment yet.
const STALE_LOOKS: u32 = 4;

/// A stack by name or ARN; a deleted one is none.
pub async fn find(account: &Account, stack: &str) -> Result<Option<Stack>> {
    let answer = account
        .cloudformation
        .describe_stacks()
        .stack_name(stack)
        .send()
        .await
        .during("DescribeStacks");
    let answer = match answer {
        Err(error) if error.is_not_found() => return Ok(None),
        other => other?,
    };
    let found = answer.stacks.unwrap_or_default().into_iter().next();
    Ok(found.filter(|stack| stack.stack_status() != Some(&StackStatus::DeleteComplete)))
}

/// Whether somebody protected it from deletion.
pub fn is_protected(stack: &Stack) -> bool {
    stack.enable_termination_protection() == Some(true)
}

/// Deletes a stack in whatever state it is: a failed one, one that is still being made,
/// one that has only a change set.
pub async fn remove(remover: &Remover<'_>, asset: &Asset, task: &Task) -> Result<Done> {
    let account = remover.account;
    let Some(stack) = find(account, &asset.id).await? else {
        return Ok((Fate::Gone, None));
    };
    if is_protected(&stack) {
        return Ok((Fate::Skipped, Some("it is protected from termination".to_owned())));
    }
    let looks_after = Cell::new(None::<u32>);
    let step = || async {
        let Some(stack) = find(account, &asset.id).await? else {
            return Ok(Seen::Ready(()));
        };
        let state = stack.stack_status().map(ToString::to_string).unwrap_or_default();
        match looks_after.get() {
            None => {
                if ask(account, &asset.id).await? {
                    looks_after.set(Some(0));
                    return Ok(Seen::Pending("deleting".to_owned()));
                }
            }
            Some(looks) => {
                looks_after.set(Some(looks + 1));
                let failed = stack.stack_status() == Some(&StackStatus::DeleteFailed);
                if failed && looks >= STALE_LOOKS {
                    return Err(failure(account, &stack).await);
                }
            }
        }
        Ok(Seen::Pending(state))
    };
    remover.waiter(asset).until(task, step).await?;
    Ok((Fate::Removed, None))
}

/// Asks for the deletion. `false`: an update is under way and has to end first.
async fn ask(account: &Account, id: &str) -> Result<bool> {
    let asked = account
        .cloudformation
        .delete_stack()
        .stack_name(id)
        .send()
        .await
        .during("DeleteStack")
        .map(drop);
    match asked {
        Err(error) if error.to_string().contains("cannot be deleted while in status") => Ok(false),
        other => other.map(|()| true),
    }
}

/// Why a stack could not be deleted: the resources that are in the way.
async fn failure(account: &Account, stack: &Stack) -> Error {
    let id = stack.stack_id().unwrap_or_default();
    let resources = account
        .cloudformation
        .list_stack_resources()
        .stack_name(id)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("ListStackResources")
        .explain(|| "its resources cannot be listed".to_owned());
    let resources = match resources {
        Ok(resources) => resources,
        Err(error) => return error,
    };
    let reasons: Vec<_> = resources
        .iter()
        .filter_map(|resource| {
            let failed = resource.resource_status()?.as_str() == "DELETE_FAILED";
            let reason = resource.resource_status_reason().unwrap_or("no reason given");
            failed.then(|| format!("{}: {reason}", resource.logical_resource_id().unwrap_or("?")))
        })
        .collect();
    let reason = match reasons.is_empty() {
        true => stack.stack_status_reason().unwrap_or("no reason given").to_owned(),
        false => reasons.join("; "),
    };
    Error::new(Exit::Failed, "DELETE_FAILED").because(reason)
}
