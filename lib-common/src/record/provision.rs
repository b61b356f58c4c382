//! What was installed, in the record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Member;

/// The work done on the instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Provision {
    /// The installation of software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<Play>,
    /// The setting of the default password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_password: Option<Play>,
}

/// The counts of one Ansible run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Play {
    /// Tasks that found or made things right.
    pub ok: u32,
    /// Tasks that changed something.
    pub changed: u32,
    /// Tasks that failed.
    pub failed: u32,
    /// Wall time.
    pub seconds: f64,
}

impl Member for Provision {
    const NAME: &'static str = "provision";
    const MADE_BY: &'static str = "`ail-provision install`";
}
