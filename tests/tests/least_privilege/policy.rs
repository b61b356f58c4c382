//! The policies in their files.

use std::path::Path;

use serde_json::Value;

use crate::unseen::{UNSEEN, Unseen};

/// The roles of the templates, and what they are for.
pub const ROLES: [(&str, &str); 3] = [
    (
        "release",
        "The release, as a build of `release-codebuild` runs it; a person who releases from a \
         laptop needs the same, but for what CodeBuild itself does.",
    ),
    ("ci", "The builds of `ci-codebuild`, which test on a local cloud inside the build."),
    ("image-export", "EC2, while it exports an image: the role in `vm-bucket`."),
];

/// An action that a statement allows.
#[derive(Clone, Debug)]
pub struct Allowed {
    pub sid: String,
    pub action: String,
    pub resources: Vec<String>,
    /// Operator, key and values of each condition.
    pub conditions: Vec<String>,
}

pub fn of(role: &str) -> Vec<Allowed> {
    let path = format!("../tools/ail-stack/policies/{role}.json");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    let policy: Value = serde_json::from_str(&text.expect("a policy")).expect("JSON");
    let mut allowed = Vec::new();
    for statement in policy["Statement"].as_array().expect("statements") {
        let sid = statement["Sid"].as_str().expect("a name").to_owned();
        let resources = list(&statement["Resource"]);
        let conditions = conditions(&statement["Condition"]);
        for action in list(&statement["Action"]) {
            let (sid, resources) = (sid.clone(), resources.clone());
            allowed.push(Allowed { sid, action, resources, conditions: conditions.clone() });
        }
    }
    allowed
}

fn list(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    value.as_array().map_or_else(|| vec![text(value)], |values| values.iter().map(text).collect())
}

fn conditions(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (operator, keys) in value.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().expect("keys") {
            found.push(format!("{operator} {key}: {}", list(values).join(", ")));
        }
    }
    found
}

impl Allowed {
    /// Why the local cloud never asks for it, if it does not.
    pub fn unseen(&self, role: &str) -> Option<&'static Unseen> {
        UNSEEN.iter().find(|unseen| {
            let one = unseen.action.is_none_or(|action| action == self.action);
            unseen.policy == role && unseen.sid == self.sid && one
        })
    }
}
