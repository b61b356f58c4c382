//! Deleting a stack, to the end.

use std::time::Duration;

use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};

use crate::events::{Ended, Follower};
use crate::owner::Owner;
use crate::services::Services;
use crate::stack::{Found, Phase};

impl Services {
    /// Deletes a stack and waits until it is gone, whatever it is doing now. Gives what
    /// was left in place because the template says so.
    pub async fn remove(&self, found: &Found) -> Result<Vec<String>> {
        let mut found = found.clone();
        let mut tried = false;
        loop {
            let ended = match found.phase() {
                Phase::Gone => return Ok(Vec::new()),
                Phase::Leaving => Follower::of_change_under_way(self, &found).end().await,
                // The service refuses to delete a stack that it is updating or importing.
                Phase::Busy if !found.status.starts_with("CREATE") => {
                    Follower::of_change_under_way(self, &found).end().await
                }
                _ => {
                    tried = true;
                    self.delete(&found).await
                }
            }
            .explain(|| self.cannot_delete(&found))?;
            match ended.phase() {
                Phase::Gone => return Ok(ended.retained),
                _ if tried => return Err(self.failed(&ended)),
                _ => found = ended.found,
            }
        }
    }

    async fn delete(&self, found: &Found) -> Result<Ended> {
        let follower = Follower::of_own_change(self, found).await?;
        let call = self.cloudformation.delete_stack().stack_name(&found.id);
        self.context.undo().finish(async move { call.send().await }).await.during("DeleteStack")?;
        follower.end().await
    }

    /// Deletes a stack that may or may not have come to be, for the clean-up after a
    /// call whose answer was lost.
    pub async fn remove_if_made(self, name: String, owner: Owner) -> Result<()> {
        // Three looks: the first may ask a replica that does not know the stack yet.
        let found = Waiter::new(format!("a look at the stack {name}"), self.patience)
            .every(Duration::from_millis(300), Duration::from_secs(1))
            .successes(3)
            .until(&Task::silent(), || async { self.find(&name).await.map(Seen::Ready) })
            .await?;
        let Some(found) = found else {
            return Ok(());
        };
        if owner.lets_take_back(&self, &found).await? {
            let ticket = match owner {
                Owner::Everybody => self.unprotect(&found).await?,
                Owner::Asset(_) => None,
            };
            self.remove(&found).await?;
            ticket.into_iter().for_each(|ticket| self.context.undo().settle(ticket));
        }
        Ok(())
    }

    fn cannot_delete(&self, found: &Found) -> String {
        format!("cannot delete the stack {} ({})", found.name, self.region)
    }

    fn failed(&self, ended: &Ended) -> Error {
        let found = &ended.found;
        let what = format!("{}: {}", self.cannot_delete(found), found.status);
        ended.explain(Error::new(Exit::Failed, what)).next(
            "remove what holds its resources, then run the same command again; \
             `ail-stack status` lists them",
        )
    }
}
