//! `ail-tag show`.

use clap::Args;
use lib_common::asset::Kind;
use lib_common::lines::{List, Row};
use lib_common::{Context, Outcome, Result};
use schemars::JsonSchema;
use serde::Serialize;

use crate::change::{Tags, failure};
use crate::input::Input;

/// Nothing to choose.
#[derive(Args)]
pub struct Options {}

/// A thing and its tags.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Tagged {
    /// What it is.
    #[serde(rename = "type")]
    kind: Kind,
    /// What identifies it in calls.
    id: String,
    /// Its tags.
    tags: Tags,
}

impl Row for Tagged {
    const HEADS: &'static [&'static str] = &["TYPE", "ID", "TAGS"];

    fn cells(&self) -> Vec<String> {
        let tags: Vec<_> = self.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        vec![self.kind.to_string(), self.id.clone(), tags.join(", ")]
    }
}

pub async fn run(context: &Context, _: Options) -> Result<Outcome> {
    let input = Input::read(context)?;
    let services = input.services(context).await?;
    let mut list = List::new(context.format());
    let mut failed = Vec::new();
    let total = input.things.len();
    for (thing, tags) in services.read(input.things).await {
        match tags {
            Ok(tags) => list.push(Tagged { kind: thing.asset.kind, id: thing.asset.id, tags })?,
            Err(error) => failed.push((thing, error)),
        }
    }
    list.finish()?;
    failure(failed, total).map_or_else(|| Ok(Outcome::printed()), Err)
}
