//! The settings of a build beside those of its project, as variables of its environment.

use aws_sdk_codebuild::types::{EnvironmentVariable, EnvironmentVariableType};
use clap::{Args, ValueEnum};
use lib_common::{AssetId, Error, Exit, Result};

/// What the build shall do, and with which settings.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Choice {
    /// Whether the build publishes what it made
    #[arg(long, env = "AIL_PUBLISH", value_name = "YES|NO", hide_env = true, default_value = "no")]
    publish: Answer,

    /// Remove what the build made at its end: it only shows that a release would work
    #[arg(long)]
    test_release: bool,

    /// Another setting of the build; repeat it for more. Everybody who may look at the
    /// build can read it.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = pair)]
    env: Vec<(String, String)>,

    /// A setting that the build reads from Secrets Manager: its name, and the secret's name
    /// or ARN
    #[arg(long = "secret", value_name = "NAME=SECRET", value_parser = pair)]
    secret: Vec<(String, String)>,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Answer {
    Yes,
    No,
}

/// A variable that a build is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    name: String,
    value: String,
    secret: bool,
}

/// Those that say what is released: each build has them, and only these options set them.
const OWN: [&str; 3] = ["AIL_ASSET_ID", "AIL_PUBLISH", "AIL_TEST_RELEASE"];
/// What must not be given as plain text.
const SECRET: &str = "AIL_DEFAULT_PASSWORD";

impl Choice {
    /// All variables that the build is started with.
    pub fn of(&self, asset_id: &AssetId) -> Result<Vec<Variable>> {
        if self.test_release && self.publish == Answer::Yes {
            return Err(Error::new(Exit::Usage, "a test release cannot be published")
                .because("what it makes is removed at its end")
                .next("give either --test-release or --publish yes"));
        }
        let word = |yes: bool| if yes { "yes" } else { "no" };
        let publish = word(self.publish == Answer::Yes);
        let own = [asset_id.as_str(), publish, word(self.test_release)];
        let own = OWN.iter().zip(own).map(|(name, value)| Variable::new(name, value, false));
        let plain = self.env.iter().map(|(name, value)| Variable::new(name, value, false));
        let secret = self.secret.iter().map(|(name, value)| Variable::new(name, value, true));
        let mut variables: Vec<Variable> = own.collect();
        for variable in plain.chain(secret) {
            variable.check(&variables)?;
            variables.push(variable);
        }
        Ok(variables)
    }
}

impl Variable {
    fn new(name: &str, value: &str, secret: bool) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), secret }
    }

    fn check(&self, others: &[Self]) -> Result<()> {
        if OWN.contains(&self.name.as_str()) {
            return Err(Error::new(Exit::Usage, format!("{} has an option of its own", self.name))
                .next("use --asset-id, --publish and --test-release"));
        }
        if self.name == SECRET && !self.secret {
            let what = format!("{SECRET} is a secret, and everybody can read a build's variables");
            return Err(Error::new(Exit::Usage, what).next(format!(
                "put it into Secrets Manager, and give --secret {SECRET}=NAME-OF-THE-SECRET"
            )));
        }
        match others.iter().any(|other| other.name == self.name) {
            true => Err(Error::new(Exit::Usage, format!("{} is given twice", self.name))),
            false => Ok(()),
        }
    }

    /// Whether the variable of a build is this one.
    pub fn is(&self, other: &EnvironmentVariable) -> bool {
        self.names(other)
            && other.value() == self.value
            && other.r#type().is_none_or(|kind| *kind == self.kind())
    }

    /// Whether the variable of a build has this one's name.
    pub fn names(&self, other: &EnvironmentVariable) -> bool {
        other.name() == self.name
    }

    fn kind(&self) -> EnvironmentVariableType {
        match self.secret {
            true => EnvironmentVariableType::SecretsManager,
            false => EnvironmentVariableType::Plaintext,
        }
    }

    /// As StartBuild takes it.
    pub fn to_override(&self) -> EnvironmentVariable {
        EnvironmentVariable::builder()
            .name(&self.name)
            .value(&self.value)
            .r#type(self.kind())
            .build()
            .expect("name and value are set")
    }
}

impl std::fmt::Display for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.secret {
            true => write!(f, "{} of the secret {}", self.name, self.value),
            false => write!(f, "{}={}", self.name, self.value),
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let allowed = |name: &str| {
        name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    match text.split_once('=') {
        // "The environment variable name prefix CODEBUILD_ is reserved" (the user guide).
        Some((name, _)) if name.starts_with("CODEBUILD_") => {
            Err("names that begin with CODEBUILD_ are CodeBuild's own".to_owned())
        }
        Some((name, value)) if allowed(name) => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_names_a_variable() {
        assert_eq!(pair("A_1=b=c"), Ok(("A_1".to_owned(), "b=c".to_owned())));
        for bad in ["A", "=b", "1A=b", "A-B=c", "CODEBUILD_X=1"] {
            assert!(pair(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_same_name_value_and_kind_is_the_same() {
        let plain = Variable::new("A", "1", false);
        assert!(plain.is(&plain.to_override()));
        assert!(!plain.is(&Variable::new("A", "2", false).to_override()));
        assert!(!plain.is(&Variable::new("A", "1", true).to_override()));
        assert!(plain.names(&Variable::new("A", "2", true).to_override()));
    }
}
