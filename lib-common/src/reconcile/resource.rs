//! What a resource says of itself.

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Call, Difference, Fate, Known, Severity, Strangers, Wrong};
use crate::progress::Task;
use crate::{Error, Exit, Result};

/// What is known of a resource beyond its id, by name: plain JSON, so that a wish, a
/// finding and the record speak of it in the same words.
pub type Facts = Map<String, Value>;

/// A resource as it is in the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The service's id of it (`vpc-…`, a queue's URL, a role's name).
    pub id: String,
    /// What it is like.
    pub facts: Facts,
}

/// How a resource is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    /// By the tags that the creating call gave it.
    Tags,
    /// By the id that an earlier run sealed: tags can be tampered with.
    Id(&'a str),
    /// By what it is (its name, its CIDR in its VPC), where both fail. Everything that it
    /// needs is known then.
    Nature,
}

/// One resource of an architecture.
///
/// Calls are made by `find`, `strangers`, `holds`, `create`, `ready`, `mend`, `delete`,
/// `delete_double`, `gone` and `remove_stranger`; the other methods are pure.
#[async_trait]
pub trait Resource: Send + Sync {
    /// Its name in the architecture (`public-subnet`), unique, and the value of its tag
    /// `gd:resource`.
    fn name(&self) -> &str;

    /// What it is, as people say it (`subnet`).
    fn kind(&self) -> &'static str;

    /// The names of the resources without which it cannot be, in any order.
    fn needs(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it is there only while others are made of it: that it is gone then is no
    /// finding.
    fn passes(&self) -> bool {
        false
    }

    /// Looks for it. Several found are all given, the right one first if that is known;
    /// what is on its way out (terminated, deleting) is not given. Where something that is
    /// not ours holds its name, the look fails with [`crate::Exit::Exists`]: nothing is built
    /// then, and what holds the name is never deleted.
    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>>;

    /// What it shall be: each fact that matters. Facts that are found and not wished for
    /// are compared with the sealed record alone. What is known holds all that it needs, and
    /// itself once it is there.
    fn wish(&self, known: &Known) -> Facts;

    /// Whether a wrong fact can be mended in place; otherwise the resource is replaced.
    fn mends(&self, _fact: &str) -> bool {
        true
    }

    /// Whether a new one can be made while the old one is still there. Then it is made
    /// first, and nothing is without it for a moment.
    fn coexists(&self) -> bool {
        false
    }

    /// Whether others can stand on it as soon as it is made, before its facts are mended and
    /// it is ready: then they do not wait for those calls.
    fn stands_bare(&self) -> bool {
        false
    }

    /// Makes it, tagged in the creating call, and gives it as the service answered. What
    /// it is not yet of the wish is then mended.
    async fn create(&self, known: &Known) -> Result<Found>;

    /// Waits until others can stand on it. Must stand being asked of something that has
    /// been ready for long, and then costs no call.
    async fn ready(&self, found: Found, _task: &Task) -> Result<Found> {
        Ok(found)
    }

    /// Makes these facts what they shall be.
    async fn mend(&self, found: &Found, differences: &[Difference], known: &Known) -> Result<()>;

    /// Asks for its deletion. That it is gone already is success.
    async fn delete(&self, found: &Found) -> Result<()>;

    /// What it holds that nobody may delete by the way, in words (`3 objects`): then only a
    /// person can delete a double of it, and whoever takes it down is told.
    async fn holds(&self, _it: &Found) -> Result<Option<String>> {
        Ok(None)
    }

    /// Asks for the deletion of a double that holds nothing. Where it holds something by now,
    /// that has to fail.
    async fn delete_double(&self, double: &Found) -> Result<()> {
        self.delete(double).await
    }

    /// Waits until what it stood on can be deleted.
    async fn gone(&self, _found: &Found, _task: &Task) -> Result<()> {
        Ok(())
    }

    /// What is beside or within it and that nobody planned, such as a security group in
    /// the VPC: an id and facts each.
    async fn strangers(&self, _found: &Found, _known: &Known) -> Strangers {
        Strangers::default()
    }

    /// Asks for the removal of a stranger. `repair` does so where [`Resource::call`] names the
    /// call for it, and again as long as something else holds the stranger.
    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        Err(Error::new(Exit::Failed, format!("only a person can remove {}", stranger.id)))
    }

    /// What [`Resource::remove_stranger`] does to it.
    fn fate(&self, _stranger: &Found) -> Fate {
        Fate::deleted()
    }

    /// Whether a stranger does no harm and is not ours to remove, such as what an AWS service
    /// keeps there of its own accord: `repair` tells of it, and takes it into the new baseline.
    fn may_stay(&self, _stranger: &Found) -> bool {
        false
    }

    /// Whether it is known by this fact, or by its id where `fact` is `id`: where that is not
    /// what was sealed, something else bears its name, and `repair` makes it anew. Otherwise
    /// one that is equal in all that is wished for is as good as the sealed one.
    fn is_known_by(&self, _fact: &str) -> bool {
        false
    }

    /// Whether this lets somebody in, or would do damage again: `repair` mends it before all
    /// else. The difference is a whole one, with what shall be and what is.
    fn is_dangerous(&self, _difference: &Difference) -> bool {
        false
    }

    /// How bad this is.
    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        wrong.usual_severity()
    }

    /// The call that does it, as policies name it (`ec2:CreateRoute`), of several the leading
    /// one. None where only a person can do it: then `repair` does not try to remove a stranger
    /// or a double either.
    fn call(&self, _call: &Call<'_>) -> Option<&'static str> {
        None
    }
}
