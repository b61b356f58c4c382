//! A CloudFormation template, as far as it must be known here: its parameters and the
//! names of its resources. Its meaning stays the service's business.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use lib_common::{Error, Exit, Result};
use serde::Deserialize;

/// The most that a request takes as TemplateBody (CloudFormation User Guide, "Quotas").
const LARGEST: usize = 51_200;

/// A template.
#[derive(Clone, Debug)]
pub struct Template {
    body: String,
    outline: Outline,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Outline {
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: BTreeMap<String, Parameter>,
    resources: BTreeMap<String, Resource>,
}

/// A parameter that a template declares.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parameter {
    /// What it means.
    #[serde(default)]
    pub description: String,
    /// Its value where none is given.
    pub default: Option<Scalar>,
}

/// A value as YAML tells it; CloudFormation takes them all as text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

/// A resource that a template declares.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Resource {
    /// Its type, `AWS::EC2::Instance`.
    pub r#type: String,
    /// What becomes of it when its stack is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,
}

/// What becomes of a resource when its stack is deleted (CloudFormation Template Reference,
/// DeletionPolicy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum DeletionPolicy {
    #[default]
    Delete,
    Retain,
    RetainExceptOnCreate,
    Snapshot,
}

impl Template {
    /// Reads a template's text, YAML or JSON.
    pub fn parse(body: String) -> Result<Self> {
        let wrong = || Error::new(Exit::BadInput, "this is not a CloudFormation template");
        if body.len() > LARGEST {
            let size = body.len();
            return Err(wrong()
                .because(format!("it has {size} bytes; a request takes at most {LARGEST}"))
                .next("split it, or shorten its descriptions"));
        }
        let outline = serde_saphyr::from_str(&body)
            .map_err(|error| wrong().because(error.without_snippet()))?;
        Ok(Self { body, outline })
    }

    /// Reads a template's file.
    pub fn read(path: &Path) -> Result<Self> {
        let body = std::fs::read_to_string(path).map_err(|error| {
            Error::new(Exit::BadInput, format!("cannot read the template {}", path.display()))
                .caused_by(&error)
        })?;
        Self::parse(body).map_err(|error| error.context(format!("cannot use {}", path.display())))
    }

    pub fn body(&self) -> &str {
        &self.body
    }

    pub fn description(&self) -> &str {
        &self.outline.description
    }

    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.outline.parameters
    }

    pub fn resources(&self) -> &BTreeMap<String, Resource> {
        &self.outline.resources
    }

    pub fn declares(&self, parameter: &str) -> bool {
        self.outline.parameters.contains_key(parameter)
    }

    /// The default of a parameter, as the service takes it.
    pub fn default_of(&self, parameter: &str) -> Option<String> {
        Some(self.outline.parameters.get(parameter)?.default.as_ref()?.to_string())
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_forms_of_functions_are_passed_over() {
        let template = Template::parse(
            "Parameters:\n  Port: {Type: Number, Default: 22}\n  On: {Type: String, Default: 'false'}\n  \
             Name: {Type: String}\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      \
             TopicName: !Sub 'x-${Name}'\n      Tags: !If [A, !Ref B, [!GetAtt C.D]]\n"
                .to_owned(),
        )
        .expect("a template");
        assert_eq!(template.default_of("Port").as_deref(), Some("22"));
        assert_eq!(template.default_of("On").as_deref(), Some("false"));
        assert_eq!(template.default_of("Name"), None);
        assert_eq!(template.resources()["Topic"].r#type, "AWS::SNS::Topic");
    }

    #[test]
    fn json_is_a_template_too() {
        let body = r#"{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}"#;
        let template = Template::parse(body.to_owned()).expect("a template");
        assert!(template.resources().contains_key("Q"));
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_place() {
        let error = Template::parse("Resources: [".to_owned()).expect_err("broken");
        assert_eq!(error.exit(), Exit::BadInput);
        let error = Template::parse("Parameters: {}".to_owned()).expect_err("no resources");
        assert!(error.to_string().contains("Resources"), "{error}");
    }

    #[test]
    fn a_template_too_large_for_a_request_is_refused() {
        let body = format!("Resources: {{}}\n#{}", "x".repeat(LARGEST));
        let error = Template::parse(body).expect_err("too large");
        assert!(error.to_string().contains("a request takes at most 51200"), "{error}");
    }
}
