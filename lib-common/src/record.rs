//! The record: one JSON object that goes from tool to tool.
//!
//! A tool reads the members it needs, sets its own, and passes every other member
//! through untouched, in its place.

mod exports;
mod fleet;
mod image;
mod instance;
mod inventory;
mod member;
mod network;
mod provision;
mod queues;
pub mod schema;
mod stack;

pub use exports::{Bill, Checksums, Export, Exports, Format, Signature};
pub use fleet::{BACKLOG_PER_INSTANCE, Fleet, FleetSource, FleetWish, LaunchTemplate, Scaling};
pub use image::{Image, SourceImage};
pub use instance::{HostKeySource, Instance};
pub use inventory::{Inventory, PackageCounts};
pub use member::Member;
pub use network::{
    Bastion, NatDevice, NatKind, Network, NetworkKey, NetworkSettings, NetworkSubnet, RouteTables,
};
pub use provision::{Play, Provision};
pub use queues::{Bucket, Queue, Queues};
pub use stack::{KeyPair, Stack};

use serde_json::{Map, Value};

use crate::{AssetId, Error, Exit, Result};

/// The version of the record, its member `schema`.
pub const SCHEMA: &str = "ail/1";

/// A record is a few KiB; a larger input is something else, sent here by mistake.
const LARGEST: usize = 16 << 20;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record(Map<String, Value>);

impl Default for Record {
    /// A new record: the version and nothing else.
    fn default() -> Self {
        Self(Map::from_iter([("schema".to_owned(), Value::from(SCHEMA))]))
    }
}

impl Record {
    /// Reads one record, and nothing after it.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let wrong =
            |why: String| Error::new(Exit::BadInput, "the input is not a record").because(why);
        if bytes.len() > LARGEST {
            return Err(wrong(format!("it is larger than {LARGEST} bytes")));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(wrong("it is empty".to_owned())
                .next("look at the stage before this one: it failed, or it printed nothing"));
        }
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| wrong(format!("it is not one JSON object: {error}")))?;
        let Value::Object(members) = value else {
            return Err(wrong(format!("expected a JSON object, found {}", kind(&value))));
        };
        match members.get("schema") {
            Some(Value::String(schema)) if schema == SCHEMA => {}
            Some(other) => {
                return Err(wrong(format!("schema: expected {SCHEMA:?}, found {other}")));
            }
            None => return Err(wrong(format!("schema: expected {SCHEMA:?}, found nothing"))),
        }
        let record = Self(members);
        // What every tool reads is checked for every tool.
        record.asset_id()?;
        record.region()?;
        Ok(record)
    }

    /// A member, if the record has it; `null` counts as absent.
    pub fn get<M: Member>(&self) -> Result<Option<M>> {
        self.read(M::NAME)
    }

    /// A member that the tool cannot do without.
    pub fn require<M: Member>(&self) -> Result<M> {
        self.get()?.ok_or_else(|| {
            Error::new(Exit::BadInput, format!("the record has no member `{}`", M::NAME))
                .next(format!("make it with {}", M::MADE_BY))
        })
    }

    /// Adds or replaces a member, in its place.
    pub fn set<M: Member>(&mut self, member: &M) {
        let value = serde_json::to_value(member).expect("members are plain data");
        self.0.insert(M::NAME.to_owned(), value);
    }

    /// Removes a member.
    pub fn remove<M: Member>(&mut self) {
        self.0.shift_remove(M::NAME);
    }

    /// The asset id, if the record names one.
    pub fn asset_id(&self) -> Result<Option<AssetId>> {
        self.read("asset_id")
    }

    /// Sets the asset id.
    pub fn set_asset_id(&mut self, id: &AssetId) {
        self.put("asset_id", id.as_str());
    }

    /// The region, if the record names one.
    pub fn region(&self) -> Result<Option<String>> {
        self.read("region")
    }

    /// Sets the region.
    pub fn set_region(&mut self, region: &str) {
        self.put("region", region);
    }

    /// The record as a JSON value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        serde_path_to_error::deserialize(value).map(Some).map_err(|error| {
            let path = match error.path().to_string() {
                path if path == "." => name.to_owned(),
                path => format!("{name}.{path}"),
            };
            Error::new(Exit::BadInput, "the input is not a record that this tool can read")
                .because(format!("{path}: {}", error.inner()))
        })
    }

    fn put(&mut self, name: &str, value: &str) {
        if self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Value::from(value));
        } else {
            // The head of the record comes first, for the eye: schema, asset_id, region.
            let at = self.0.keys().take_while(|k| *k == "schema" || *k == "asset_id").count();
            self.0.shift_insert(at, name.to_owned(), Value::from(value));
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
