//! The lines that `kinds`, `diff` and `status` print.

use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

/// One line of a list; which of them depends on the command.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
// Only the schema is made of it.
#[allow(dead_code)]
pub enum Line {
    Kind(KindLine),
    Change(Change),
    Status(Status),
}

/// A line of `kinds`: a built-in kind of stack, or a parameter of one.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KindLine {
    /// The kind.
    pub kind: String,
    /// The parameter of its template; absent in the line of the kind itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The option, or the member of the record, that sets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
    /// Its default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it is.
    pub description: String,
}

/// A line of `diff`: one resource that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `Add`, `Modify`, `Remove` …
    pub action: String,
    /// Its name in the template.
    pub logical_id: String,
    /// Its type, `AWS::EC2::Instance`.
    pub resource_type: String,
    /// Its id, if it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_id: Option<String>,
    /// Whether a modification makes it anew: `always`, `conditional`, `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// The properties and attributes that differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

/// A line of `status`: the stack, one of its outputs or one of its resources.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// `stack`, `output` or `resource`.
    pub what: &'static str,
    /// The stack's name, the output's key, or the resource's name in the template.
    pub name: String,
    /// The status of a stack or resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The id of a stack or resource, the value of an output.
    pub value: String,
    /// The type of a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// Why the status is what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Change {
    /// Whether something that exists is lost.
    pub fn loses(&self) -> bool {
        match self.action.as_str() {
            // Nobody has what a handle is: an address to report to.
            "Remove" => self.resource_type != "AWS::CloudFormation::WaitConditionHandle",
            "Modify" => self.replacement.as_deref().is_some_and(|r| r != "never"),
            _ => false,
        }
    }

    /// In words: `replaces Instance (AWS::EC2::Instance i-…): ImageId`.
    pub fn sentence(&self) -> String {
        let deed = match (self.action.as_str(), self.replacement.as_deref()) {
            ("Modify", Some("always")) => "replaces".to_owned(),
            ("Modify", Some("conditional")) => "may replace".to_owned(),
            ("Modify", _) => "modifies".to_owned(),
            (other, _) => format!("{}s", other.to_lowercase()),
        };
        let id = self.physical_id.as_deref().map(|id| format!(" {id}")).unwrap_or_default();
        let because = match self.because.is_empty() {
            true => String::new(),
            false => format!(": {}", self.because.join(", ")),
        };
        format!("{deed} {} ({}{id}){because}", self.logical_id, self.resource_type)
    }
}

impl Row for KindLine {
    const HEADS: &'static [&'static str] =
        &["KIND", "PARAMETER", "OPTION", "DEFAULT", "DESCRIPTION"];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.kind.clone(),
            text(&self.parameter),
            text(&self.option),
            text(&self.default),
            self.description.clone(),
        ]
    }
}

impl Row for Change {
    const HEADS: &'static [&'static str] = &["ACTION", "NAME", "TYPE", "ID", "REPLACED", "BECAUSE"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.action.clone(),
            self.logical_id.clone(),
            self.resource_type.clone(),
            self.physical_id.clone().unwrap_or_default(),
            self.replacement.clone().unwrap_or_default(),
            self.because.join(", "),
        ]
    }
}

impl Row for Status {
    const HEADS: &'static [&'static str] = &["WHAT", "NAME", "STATUS", "VALUE", "TYPE"];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            self.what.to_owned(),
            self.name.clone(),
            text(&self.status),
            self.value.clone(),
            text(&self.resource_type),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, replacement: Option<&str>) -> Change {
        Change {
            action: action.to_owned(),
            logical_id: "Instance".to_owned(),
            resource_type: "AWS::EC2::Instance".to_owned(),
            physical_id: Some("i-1".to_owned()),
            replacement: replacement.map(str::to_owned),
            because: vec!["ImageId".to_owned()],
        }
    }

    #[test]
    fn what_is_removed_or_replaced_is_lost() {
        assert!(change("Remove", None).loses());
        assert!(change("Modify", Some("always")).loses());
        assert!(change("Modify", Some("conditional")).loses());
        assert!(!change("Modify", Some("never")).loses());
        assert!(!change("Add", None).loses());
        let handle = "AWS::CloudFormation::WaitConditionHandle".to_owned();
        assert!(!Change { resource_type: handle, ..change("Remove", None) }.loses());
    }

    #[test]
    fn a_change_reads_as_a_sentence() {
        assert_eq!(
            change("Modify", Some("always")).sentence(),
            "replaces Instance (AWS::EC2::Instance i-1): ImageId"
        );
        assert_eq!(
            change("Remove", None).sentence(),
            "removes Instance (AWS::EC2::Instance i-1): ImageId"
        );
    }
}
