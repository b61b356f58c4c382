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

#[cfg(test)]
mod tests {
    use aws_sdk_codebuild::types::{EnvironmentVariable, ProjectEnvironment};

    use super::*;

    fn order(version: Option<&str>) -> Order {
        Order {
            project: "release".to_owned(),
            asset_id: "5.0.0".parse().expect("valid"),
            version: version.map(str::to_owned),
            variables: Vec::new(),
        }
    }

    fn build(asset_id: &str, version: &str) -> types::Build {
        let variable = EnvironmentVariable::builder().name("AIL_ASSET_ID").value(asset_id);
        let environment = ProjectEnvironment::builder()
            .environment_variables(variable.build().expect("complete"))
            .r#type(types::EnvironmentType::LinuxContainer)
            .image("i")
            .compute_type(types::ComputeType::BuildGeneral1Small)
            .build()
            .expect("complete");
        types::Build::builder().source_version(version).environment(environment).build()
    }

    #[test]
    fn a_token_is_one_until_another_build_is_the_newest() {
        let token = order(Some("refs/heads/main")).token(Some("release:1"));
        assert_eq!(token.len(), 64);
        assert_eq!(token, order(Some("refs/heads/main")).token(Some("release:1")));
        assert_ne!(token, order(Some("refs/heads/main")).token(Some("release:2")));
        assert_ne!(token, order(Some("refs/heads/other")).token(Some("release:1")));
        assert_ne!(token, order(Some("refs/heads/main")).token(None));
    }

    #[test]
    fn a_build_concerns_the_asset_id_that_it_has_to_the_letter() {
        assert!(order(None).concerns(&build("5.0.0", "main")));
        assert!(!order(None).concerns(&build("5.0.0.1", "main")));
        assert!(!order(None).concerns(&types::Build::builder().build()));
    }

    #[test]
    fn an_order_without_a_version_takes_any() {
        assert!(order(None).is(&build("5.0.0", "refs/heads/other")));
        assert!(order(Some("refs/heads/main")).is(&build("5.0.0", "refs/heads/main")));
        assert!(!order(Some("refs/heads/main")).is(&build("5.0.0", "refs/tags/main")));
    }
}
