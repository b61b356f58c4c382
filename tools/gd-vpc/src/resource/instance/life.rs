//! From one state of an instance to another.

use std::time::Duration;

use aws_sdk_ec2::types::InstanceStateName;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};

use super::Instance;
use super::reading::described;
use crate::site::filter;

/// Most instances run within a minute, and are gone within two.
const LONGEST: Duration = Duration::from_secs(10 * 60);

impl Instance {
    /// The state of the instance, and why it is in it.
    async fn state(&self, id: &str) -> Result<Option<(InstanceStateName, String)>> {
        let found = described(&self.site, vec![filter("instance-id", id)]).await?;
        Ok(found.first().and_then(|instance| {
            let why = instance.state_reason().and_then(|reason| reason.message());
            Some((instance.state()?.name()?.clone(), why.unwrap_or_default().to_owned()))
        }))
    }

    fn waiter(&self, id: &str, state: &str) -> Waiter {
        Waiter::new(format!("{id} to be {state}"), self.site.context.timeout(LONGEST))
    }

    /// Waits until it runs.
    pub(super) async fn until_running(&self, id: &str, task: &Task) -> Result<()> {
        let waiter = self.waiter(id, "running");
        let wait = waiter.until(task, || async {
            match self.state(id).await? {
                None => Ok(Seen::Missing),
                Some((InstanceStateName::Running, _)) => Ok(Seen::Ready(())),
                Some((InstanceStateName::Pending, _)) => Ok(Seen::Pending("pending".to_owned())),
                Some((state, why)) => {
                    let cannot = self.site.cannot(&format!("start the {}", self.name));
                    Err(Error::new(Exit::Failed, cannot)
                        .because(format!("{id} is {}: {why}", state.as_str())))
                }
            }
        });
        wait.await
    }

    /// Waits until it is terminated.
    pub(super) async fn until_terminated(&self, id: &str, task: &Task) -> Result<()> {
        let waiter = self.waiter(id, "terminated");
        let wait = waiter.until(task, || async {
            match self.state(id).await? {
                None | Some((InstanceStateName::Terminated, _)) => Ok(Seen::Ready(())),
                Some((state, _)) => Ok(Seen::Pending(state.as_str().to_owned())),
            }
        });
        wait.await
    }

    /// Starts it again; one that is just being stopped, when that is done.
    pub(super) async fn start(&self, id: &str) -> Result<()> {
        let (waiter, task) = (self.waiter(id, "stopped"), Task::silent());
        let stopped = waiter.until(&task, || async {
            match self.state(id).await? {
                Some((InstanceStateName::Stopping, _)) => Ok(Seen::Pending("stopping".to_owned())),
                _ => Ok(Seen::Ready(())),
            }
        });
        stopped.await?;
        let answer = self.site.ec2.start_instances().instance_ids(id).send().await;
        let cannot = || self.site.cannot(&format!("start {id}"));
        answer.during("StartInstances").explain(cannot)?;
        self.until_running(id, &Task::silent()).await
    }
}
