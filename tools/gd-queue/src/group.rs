//! The Auto Scaling group of the workers, as the record names it.

use lib_common::{Member, Record, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The group of the GameDay's instructions.
const DEFAULT: &str = "worker-group";

/// What is read of the record's fleet: its group alone.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Fleet {
    group: Option<Group>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Group {
    Name(String),
    Named { name: String },
}

impl Member for Fleet {
    const NAME: &'static str = "fleet";
    const MADE_BY: &'static str = "`gd-fleet up`";
}

/// The group's name.
pub fn of(record: &Record) -> Result<String> {
    Ok(match record.get::<Fleet>()?.and_then(|fleet| fleet.group) {
        Some(Group::Name(name) | Group::Named { name }) => name,
        None => DEFAULT.to_owned(),
    })
}
