//! Who else can reach the team: users, access keys and roles that are newer than the fleet.
//!
//! It is there from the first `up` on, and never made or deleted. What it is sealed with is the
//! moment since which everything is new; a role that is made anew does not move it.

use std::sync::Arc;

use async_trait::async_trait;
use aws_smithy_types::date_time::{DateTime, Format};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Fate, Found, Key, Known, Resource, Severity, Strangers, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::json;

use super::caller::Caller;
use super::{ACCESS, ROLE, expulsion, facts, principals};
use crate::world::World;

/// The fact that is sealed.
const SINCE: &str = "since";

pub struct Access(pub Arc<World>);

#[async_trait]
impl Resource for Access {
    fn name(&self) -> &str {
        ACCESS
    }

    fn kind(&self) -> &'static str {
        "account access"
    }

    fn needs(&self) -> Vec<String> {
        vec![ROLE.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        match key {
            Key::Tags => Ok(Vec::new()),
            Key::Id(id) => {
                let sealed = self.0.seals.found(ACCESS).filter(|sealed| sealed.id == id);
                Ok(sealed.into_iter().collect())
            }
            // What was before the role was before the fleet.
            Key::Nature => Ok(vec![self.since_the_role().await?]),
        }
    }

    /// The moment is what it is.
    fn wish(&self, _known: &Known) -> Facts {
        Facts::new()
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        self.0.made.once_known(&[ROLE], || self.since_the_role()).await
    }

    async fn mend(
        &self,
        _found: &Found,
        _differences: &[Difference],
        _known: &Known,
    ) -> Result<()> {
        unreachable!("no fact of it is wished for")
    }

    async fn delete(&self, _found: &Found) -> Result<()> {
        Ok(())
    }

    async fn strangers(&self, found: &Found, _known: &Known) -> Strangers {
        let since = found.facts.get(SINCE).and_then(|since| since.as_str());
        let Some(since) = since.and_then(|it| DateTime::from_str(it, Format::DateTime).ok()) else {
            return Strangers::default();
        };
        // Nobody is shut out before it is known who calls.
        let read = futures::try_join!(principals::read(&self.0), Caller::read(&self.0));
        let (read, caller) = match read {
            Ok(read) => read,
            Err(error) => return Strangers::listed("users and roles", Err(error)),
        };
        let (users, roles) =
            futures::join!(read.reaching(&self.0, &read.users), read.entered(&self.0, since));
        let keys = match &users {
            Ok(users) => principals::new_keys(&self.0, users, &caller, since).await,
            Err(_) => Ok(Vec::new()),
        };
        let users = users.map(|all| {
            let new = all.into_iter().filter(|user| user.made > since);
            new.filter_map(|user| user.stranger(&caller)).collect()
        });
        let roles = roles.map(|all| all.iter().filter_map(|role| role.stranger(&caller)).collect());
        [
            Strangers::listed("users", users),
            Strangers::listed("roles", roles),
            Strangers::listed("access keys", keys),
        ]
        .into_iter()
        .collect()
    }

    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        expulsion::expel(&self.0, stranger).await
    }

    fn fate(&self, stranger: &Found) -> Fate {
        expulsion::fate(stranger)
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Stranger(_) => Severity::Critical,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Remove(stranger) => expulsion::call(stranger),
            _ => None,
        }
    }
}

impl Access {
    async fn since_the_role(&self) -> Result<Found> {
        let name = &self.0.names.role;
        let request = self.0.clients.iam.get_role().role_name(name);
        let answer = request.send().await.during("GetRole");
        let answer = answer.explain(|| format!("cannot read the role {name}"))?;
        let role = answer.role.ok_or_else(|| {
            Error::new(Exit::Refused, format!("GetRole: no role {name} in the answer"))
        })?;
        let since = role.create_date.fmt(Format::DateTime).map_err(|error| {
            Error::new(Exit::Refused, "GetRole: no date in the answer").caused_by(&error)
        })?;
        Ok(Found { id: "iam".to_owned(), facts: facts(json!({SINCE: since})) })
    }
}
