//! The events of a stack: progress while it changes, and the causes when it fails.

use std::time::Duration;

use aws_sdk_cloudformation::types::StackEvent;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use tokio::sync::Mutex;

use crate::services::Services;
use crate::stack::{Found, Phase};

/// Follows one stack through one change.
#[derive(Debug)]
pub struct Follower {
    services: Services,
    id: String,
    name: String,
    task: Task,
    log: Mutex<Log>,
    /// Whether the change is this process's: then one of its own events must end it,
    /// since a description may still be that of before.
    own: bool,
}

#[derive(Debug, Default)]
struct Log {
    last: Option<String>,
    shown: String,
    ended: bool,
    failures: Vec<Failure>,
    skipped: Vec<String>,
}

/// A resource that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    logical_id: String,
    resource_type: String,
    reason: String,
}

/// How a change ended.
#[derive(Debug)]
pub struct Ended {
    /// The stack at the end; its status may be a failure.
    pub found: Found,
    failures: Vec<Failure>,
    /// The resources that a deletion left in place, with their physical ids.
    pub retained: Vec<String>,
}

/// As many causes as fit a screen; the first ones are the ones that count.
const MOST_CAUSES: usize = 5;

impl Follower {
    /// Follows a change that is about to begin: the events until now are the past.
    pub async fn of_own_change(services: &Services, found: &Found) -> Result<Self> {
        let follower = Self::new(services, found, true);
        let last = follower.newest().await?;
        follower.log.lock().await.last = last;
        Ok(follower)
    }

    /// Follows a change that somebody else began.
    pub fn of_change_under_way(services: &Services, found: &Found) -> Self {
        Self::new(services, found, false)
    }

    fn new(services: &Services, found: &Found, own: bool) -> Self {
        Self {
            services: services.clone(),
            id: found.id.clone(),
            name: found.name.clone(),
            task: services.context.progress().task(&found.name),
            log: Mutex::default(),
            own,
        }
    }

    /// Waits for the end of the change, whatever it is.
    pub async fn end(self) -> Result<Ended> {
        let waiter = Waiter::new(
            format!("the stack {} ({}) to settle", self.name, self.services.region),
            self.services.patience,
        )
        // A stack changes every few seconds; DescribeStacks takes ten calls a second.
        .every(Duration::from_millis(500), Duration::from_secs(5));
        let found = waiter.until(&self.task, || self.look()).await?;
        self.task.done(&found.status);
        let log = self.log.into_inner();
        Ok(Ended { found, failures: log.failures, retained: log.skipped })
    }

    async fn look(&self) -> Result<Seen<Found>> {
        let Some(found) = self.services.find(&self.id).await? else {
            return Ok(Seen::Missing);
        };
        // After the description: when that is final, all events are there.
        let mut log = self.log.lock().await;
        self.advance(&mut log).await?;
        let settled = !found.status.ends_with("_IN_PROGRESS");
        if settled && (log.ended || !self.own || found.phase() == Phase::Gone) {
            return Ok(Seen::Ready(found));
        }
        Ok(Seen::Pending(match log.shown.is_empty() {
            true => found.status,
            false => log.shown.clone(),
        }))
    }

    /// Shows the events that are new, in the order in which they happened.
    async fn advance(&self, log: &mut Log) -> Result<()> {
        let mut new = Vec::new();
        let mut pages = self
            .services
            .cloudformation
            .describe_stack_events()
            .stack_name(&self.id)
            .into_paginator()
            .items()
            .send();
        while let Some(event) = pages.next().await {
            let event = event.during("DescribeStackEvents").explain(|| {
                format!("cannot follow the stack {} ({})", self.name, self.services.region)
            })?;
            if event.event_id() == log.last.as_deref() {
                break;
            }
            new.push(event);
        }
        if let Some(newest) = new.first() {
            log.last = newest.event_id().map(str::to_owned);
        }
        for event in new.iter().rev() {
            log.take(event, &self.id);
            self.task.state(&log.shown);
        }
        Ok(())
    }

    async fn newest(&self) -> Result<Option<String>> {
        let answer = self
            .services
            .cloudformation
            .describe_stack_events()
            .stack_name(&self.id)
            .send()
            .await
            .during("DescribeStackEvents")
            .explain(|| {
                format!("cannot follow the stack {} ({})", self.name, self.services.region)
            })?;
        Ok(answer.stack_events().first().and_then(|event| event.event_id()).map(str::to_owned))
    }
}

impl Log {
    fn take(&mut self, event: &StackEvent, stack_id: &str) {
        let logical_id = event.logical_resource_id().unwrap_or_default();
        let status = event.resource_status().map_or("", |status| status.as_str());
        let reason = event.resource_status_reason().unwrap_or_default();
        let of_stack = event.physical_resource_id() == Some(stack_id);
        self.shown = match (of_stack, status.ends_with("FAILED") && !reason.is_empty()) {
            (true, _) => status.to_owned(),
            (false, false) => format!("{logical_id} {status}"),
            (false, true) => format!("{logical_id} {status}: {reason}"),
        };
        if of_stack {
            self.ended |= !status.ends_with("_IN_PROGRESS");
        } else if status.ends_with("FAILED") && !is_consequence(reason) {
            self.failures.push(Failure {
                logical_id: logical_id.to_owned(),
                resource_type: event.resource_type().unwrap_or_default().to_owned(),
                reason: reason.to_owned(),
            });
        } else if status == "DELETE_SKIPPED" {
            let physical_id = event.physical_resource_id().unwrap_or_default();
            self.skipped.push(format!("{logical_id} ({physical_id})"));
        }
    }
}

impl Failure {
    /// What a resource takes is done in the name of whoever works on the stack; most
    /// services' handlers have a code for what that one may not (CloudFormation CLI User
    /// Guide, "Handler error codes"), and the others repeat the service's words.
    fn is_denial(&self) -> bool {
        ["HandlerErrorCode: AccessDenied", "HandlerErrorCode: UnauthorizedTaggingOperation"]
            .iter()
            .chain(&["is not authorized to perform: "])
            .any(|mark| self.reason.contains(mark))
    }
}

/// A resource that was given up because another one failed.
fn is_consequence(reason: &str) -> bool {
    ["Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled"]
        .iter()
        .any(|text| reason.starts_with(text))
}

impl Ended {
    pub fn phase(&self) -> Phase {
        self.found.phase()
    }

    /// Puts the first causes under an error; the stack's own reason where no resource
    /// has one. If nothing but permissions is missing, the exit says so.
    pub fn explain(&self, error: Error) -> Error {
        if self.failures.is_empty() {
            return match &self.found.reason {
                Some(reason) => error.because(reason),
                None => error,
            };
        }
        let error = match self.failures.iter().all(Failure::is_denial) {
            true => error.exiting(Exit::Permission),
            false => error,
        };
        let mut seen: Vec<&Failure> = Vec::new();
        for failure in &self.failures {
            if !seen.iter().any(|other| other.logical_id == failure.logical_id) {
                seen.push(failure);
            }
        }
        seen.iter().take(MOST_CAUSES).fold(error, |error, failure| {
            let Failure { logical_id, resource_type, reason } = failure;
            error.because(format!("{logical_id} ({resource_type}): {reason}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudformation::types::ResourceStatus;

    fn event(id: &str, physical: &str, status: ResourceStatus, reason: &str) -> StackEvent {
        StackEvent::builder()
            .logical_resource_id(id)
            .physical_resource_id(physical)
            .resource_type("AWS::X::Y")
            .resource_status(status)
            .resource_status_reason(reason)
            .build()
    }

    fn log(events: &[StackEvent]) -> Log {
        let mut log = Log::default();
        events.iter().for_each(|event| log.take(event, "arn"));
        log
    }

    #[test]
    fn what_was_cancelled_is_no_cause() {
        let log = log(&[
            event("A", "a", ResourceStatus::CreateFailed, "no such image"),
            event("B", "b", ResourceStatus::CreateFailed, "Resource creation cancelled"),
            event("S", "arn", ResourceStatus::RollbackInProgress, "A failed"),
        ]);
        assert_eq!(log.failures.len(), 1);
        assert_eq!(log.failures[0].reason, "no such image");
        assert!(!log.ended);
    }

    #[test]
    fn what_the_caller_may_not_do_is_a_denial() {
        let reason = |reason: &str| Failure {
            logical_id: "A".into(),
            resource_type: "AWS::X::Y".into(),
            reason: reason.into(),
        };
        for denied in [
            "Resource handler returned message: \"no\" (HandlerErrorCode: AccessDenied)",
            "User: arn:aws:sts::1:x is not authorized to perform: ec2:RunInstances on resource: y",
        ] {
            assert!(reason(denied).is_denial(), "{denied}");
        }
        assert!(!reason("The image id '[ami-1]' does not exist").is_denial());
    }

    #[test]
    fn only_the_stack_itself_ends_the_change() {
        assert!(!log(&[event("A", "a", ResourceStatus::CreateComplete, "")]).ended);
        assert!(log(&[event("S", "arn", ResourceStatus::CreateComplete, "")]).ended);
    }

    #[test]
    fn what_a_deletion_leaves_is_remembered() {
        let log = log(&[event("Bucket", "images", ResourceStatus::DeleteSkipped, "")]);
        assert_eq!(log.skipped, ["Bucket (images)"]);
    }
}
