//! What a build is started for, and whether one that is under way is the same.

use aws_sdk_codebuild::types;
use lib_common::AssetId;
use sha2::{Digest, Sha256};

use crate::variables::Variable;

/// An order for a build.
#[derive(Clone, Debug)]
pub struct Order {
    pub project: String,
    pub asset_id: AssetId,
    pub version: Option<String>,
    pub variables: Vec<Variable>,
}

impl Order {
    /// Whether a build releases the same asset id: two at once would be in each other's way.
    pub fn concerns(&self, build: &types::Build) -> bool {
        let variables = build.environment().map(|e| e.environment_variables()).unwrap_or_default();
        variables.iter().any(|v| v.name() == "AIL_ASSET_ID" && v.value() == self.asset_id.as_str())
    }

    /// Whether a build does just what is ordered.
    pub fn is(&self, build: &types::Build) -> bool {
        let variables = build.environment().map(|e| e.environment_variables()).unwrap_or_default();
        self.version.as_deref().is_none_or(|version| build.source_version() == Some(version))
            && self.variables.iter().all(|own| variables.iter().any(|variable| own.is(variable)))
    }

    /// The client token of its start: the same for the same order, until another build of
    /// the project is the newest. A start that is repeated because its answer was lost makes
    /// no second build; one after a build that failed makes a new one.
    pub fn token(&self, newest: Option<&str>) -> String {
        let mut digest = Sha256::new();
        for part in [
            self.project.as_str(),
            self.version.as_deref().unwrap_or_default(),
            newest.unwrap_or_default(),
        ] {
            digest.update(part);
            digest.update([0]);
        }
        for variable in &self.variables {
            digest.update(variable.to_string());
            digest.update([0]);
        }
        // 64 characters, which is the most that tokens may have.
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let version = self.version.as_deref().unwrap_or("the project's own branch");
        let variables: Vec<_> = self.variables.iter().map(ToString::to_string).collect();
        write!(f, "{} of {version} with {}", self.project, variables.join(", "))
    }
}
