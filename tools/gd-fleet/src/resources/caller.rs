//! Who calls: whoever looks after the team never shuts themselves out.

use aws_credential_types::provider::ProvideCredentials;
use lib_common::Result;
use lib_common::aws::{During, Explain};

use crate::world::World;

/// The user, or the role, whose credentials the tool works with.
pub struct Caller(String);

impl Caller {
    /// Asks who it is. No policy can deny that (AWS STS API Reference, GetCallerIdentity).
    pub async fn read(world: &World) -> Result<Self> {
        let answer = world.clients.sts.get_caller_identity().send().await;
        let answer = answer
            .during("GetCallerIdentity")
            .explain(|| format!("cannot tell who calls ({})", world.place()))?;
        Ok(Self::of(answer.user_id().unwrap_or_default()))
    }

    /// `AIDA…` is a user; a session of a role is `AROA…:name`, by the role's id (IAM User Guide,
    /// "Unique identifiers").
    fn of(user_id: &str) -> Self {
        Self(user_id.split(':').next().unwrap_or_default().to_owned())
    }

    /// Whether the user or role of this id calls.
    pub fn is(&self, id: &str) -> bool {
        !id.is_empty() && self.0 == id
    }
}

/// The access key that the tool signs with, where there is one.
pub async fn key_in_use(world: &World) -> Option<String> {
    let credentials = world.clients.credentials.as_ref()?.provide_credentials().await.ok()?;
    Some(credentials.access_key_id().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_of_its_role() {
        assert!(Caller::of("AROAEXAMPLE:i-0123").is("AROAEXAMPLE"));
        assert!(Caller::of("AIDAEXAMPLE").is("AIDAEXAMPLE"));
        assert!(!Caller::of("AIDAEXAMPLE").is("AIDA"));
        assert!(!Caller::of("").is(""));
    }
}
