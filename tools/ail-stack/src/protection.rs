//! Termination protection, which a permanent stack has as long as it is up.

use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::undo::Ticket;

use crate::services::Services;
use crate::stack::{Found, Phase};

impl Services {
    /// Has the service refuse to delete the stack.
    pub async fn protect(&self, found: &Found) -> Result<()> {
        match found.is_protected {
            true => Ok(()),
            false => self.set_protection(found, true).await,
        }
    }

    /// Lets the stack be deleted. What fails before it is gone protects it again; the ticket
    /// is for when it is gone.
    pub async fn unprotect(&self, found: &Found) -> Result<Option<Ticket>> {
        if !found.is_protected {
            return Ok(None);
        }
        let ticket = self.undo_unprotect(found);
        self.set_protection(found, false).await?;
        Ok(Some(ticket))
    }

    async fn set_protection(&self, found: &Found, wanted: bool) -> Result<()> {
        let call = self
            .cloudformation
            .update_termination_protection()
            .stack_name(&found.id)
            .enable_termination_protection(wanted);
        let done = self.context.undo().finish(async move { call.send().await }).await;
        let verb = if wanted { "protect" } else { "unprotect" };
        done.map(drop)
            .during("UpdateTerminationProtection")
            .explain(|| format!("cannot {verb} the stack {} ({})", found.name, self.region))
    }

    fn undo_unprotect(&self, found: &Found) -> Ticket {
        let (services, id) = (self.for_clean_up(), found.id.clone());
        let name = &found.name;
        let what = format!("protect the stack {name} again");
        let remedy = format!(
            "aws cloudformation update-termination-protection --enable-termination-protection \
             --stack-name {name} --region {}",
            self.region
        );
        self.context.undo().push(what, remedy, async move {
            match services.find(&id).await? {
                Some(found) if !matches!(found.phase(), Phase::Gone | Phase::Leaving) => {
                    services.protect(&found).await
                }
                // Its deletion goes on without anybody.
                _ => Ok(()),
            }
        })
    }
}
