//! The release's role as it is deployed, and roles that lack one of its actions each.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::{Cloud, Lab, Tool};

/// What one may do: the variables of the environment that make a process that role.
#[derive(Clone, Debug)]
pub struct Credentials(BTreeMap<String, String>);

/// The role, and those without one of its actions.
pub struct Roles(Value);

impl Roles {
    /// Deploys what stays in the account, and has the cloud ask IAM from then on.
    pub fn deployed(lab: &Lab, actions: &[&str]) -> Self {
        lab.just("deploy").run().exits(0);
        Cloud::shared().control("POST", "/ail-cloud/permissions", r#"{"enforced": true}"#);
        let record = std::fs::read_to_string(lab.out().join("release-project.json"));
        let record: Value = serde_json::from_str(&record.expect("a record")).expect("JSON");
        let role = record["stack"]["outputs"]["BuildRoleArn"].as_str().expect("an ARN");
        Self(lab.reader("roles.py").args([&[role], actions].concat()).run().exits(0).json())
    }

    pub fn whole(&self) -> Credentials {
        self.held("whole")
    }

    pub fn without(&self, action: &str) -> Credentials {
        self.held(action)
    }

    fn held(&self, name: &str) -> Credentials {
        let variables = self.0[name].as_object().unwrap_or_else(|| panic!("no role {name}"));
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Credentials(variables.iter().map(|(key, value)| (key.clone(), text(value))).collect())
    }
}

impl Credentials {
    /// Lets a tool run as this role.
    pub fn give(&self, tool: Tool) -> Tool {
        self.0.iter().fold(tool, |tool, (name, value)| tool.env(name, value))
    }

    /// By which the cloud tells the role's calls apart.
    pub fn access_key(&self) -> &str {
        &self.0["AWS_ACCESS_KEY_ID"]
    }
}
