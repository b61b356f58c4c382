//! Bringing what an earlier run left to a state that one can build on.

use lib_common::{Error, Exit, Result};

use crate::events::Follower;
use crate::owner::Owner;
use crate::services::Services;
use crate::stack::{Found, Phase};

impl Services {
    /// The stack of this name once nobody works on it, if there is one that is usable.
    /// One that never came up is deleted; another owner's is refused first of all.
    pub async fn settled(&self, name: &str, owner: &Owner) -> Result<Option<Found>> {
        loop {
            let Some(found) = self.find(name).await? else {
                return Ok(None);
            };
            owner.check(self, &found).await?;
            match found.phase() {
                Phase::Gone => return Ok(None),
                Phase::Live => return Ok(Some(found)),
                Phase::Stuck => return Err(self.stuck(&found)),
                Phase::Busy | Phase::Leaving => {
                    self.say(&format!("{name}: waiting for the {} of before", found.status));
                    Follower::of_change_under_way(self, &found).end().await?;
                }
                Phase::Dead if found.is_protected => return Err(self.half_deleted(&found)),
                Phase::Dead => {
                    self.say(&format!("{name}: deleting the {} of before", found.status));
                    self.remove(&found).await?;
                }
            }
        }
    }

    fn say(&self, line: &str) {
        self.context.progress().say(line);
    }

    /// Somebody had it deleted, which failed; to try again is not for the one who wants it up.
    fn half_deleted(&self, found: &Found) -> Error {
        let Found { name, status, .. } = found;
        let what = format!("the stack {name} ({}) is in {status} and protected", self.region);
        let error = Error::new(Exit::Failed, what);
        let error = match &found.reason {
            Some(reason) => error.because(reason),
            None => error,
        };
        error.next("take it down with `ail-stack down`, then run the same command again")
    }

    fn stuck(&self, found: &Found) -> Error {
        let Found { name, status, .. } = found;
        let error =
            Error::new(Exit::Failed, format!("the stack {name} ({}) is in {status}", self.region));
        let error = match &found.reason {
            Some(reason) => error.because(reason),
            None => error,
        };
        error.next(format!(
            "mend it with `aws cloudformation continue-update-rollback --stack-name {name}`, \
             or take it down with `ail-stack down --name {name} --yes`"
        ))
    }
}
