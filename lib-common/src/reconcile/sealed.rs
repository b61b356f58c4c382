//! What a run leaves in the record: the architecture as it was when all was well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Facts, Found};

/// One resource as it was when it was built or repaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sealed {
    /// Its name in the architecture.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The service's id of it.
    pub id: String,
    /// What it was like.
    #[serde(default)]
    pub facts: Facts,
    /// The ids of what nobody planned in it, and that stays: a repair has told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strangers: Vec<String>,
}

/// All resources of one tool, in the order of the architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Seals(pub Vec<Sealed>);

impl Seals {
    /// The seal of a resource.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Sealed> {
        self.0.iter().find(|sealed| sealed.name == name)
    }

    /// The resource as it was found when it was sealed.
    #[must_use]
    pub fn found(&self, name: &str) -> Option<Found> {
        let sealed = self.get(name)?;
        Some(Found { id: sealed.id.clone(), facts: sealed.facts.clone() })
    }
}
