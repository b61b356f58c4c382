//! The running instance in the record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;

/// The instance that is being prepared, and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// `i-…`
    pub id: String,
    /// The address or name that SSH connects to.
    pub host: String,
    /// The port of its SSH server.
    #[serde(default = "ssh_port")]
    pub port: u16,
    /// The user that the key lets in.
    pub user: String,
    /// Its public host keys (`ssh-ed25519 AAAA…`), once they are known.
    #[serde(default)]
    pub host_keys: Vec<String>,
    /// How the host keys came to be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_keys_from: Option<HostKeySource>,
}

/// How much a host key can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostKeySource {
    /// The instance printed them on its console, which only AWS can show.
    Console,
    /// Nobody vouched for them: they are what the first connection showed.
    FirstUse,
}

fn ssh_port() -> u16 {
    22
}

impl Member for Instance {
    const NAME: &'static str = "instance";
    const MADE_BY: &'static str = "`ail-stack up --kind ec2`, or inside `ail-stack run`";
}
