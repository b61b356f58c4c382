//! Which build the other verbs are about.

use clap::Args;
use lib_common::{Context, Record, Result};

use crate::build::Build;

/// Which build.
#[derive(Args)]
pub struct Choice {
    /// Build, PROJECT:UUID, instead of the record's
    #[arg(long, value_name = "ID", value_parser = id)]
    build_id: Option<String>,
}

impl Choice {
    /// The build's id, and the record that it may come from.
    pub fn read(self, context: &Context) -> Result<(String, Record)> {
        if let Some(id) = self.build_id {
            return Ok((id, context.record_if_piped()?));
        }
        let record = context.record()?;
        // One of a wrong type is told as such; the advice is for one that is not there.
        record.get::<Build>()?;
        let build = record
            .require::<Build>()
            .map_err(|error| error.next("make it with `ail-build start`, or give --build-id"))?;
        Ok((build.id, record))
    }
}

fn id(text: &str) -> Result<String, String> {
    match text.split_once(':') {
        Some((project, uuid)) if !project.is_empty() && !uuid.is_empty() => Ok(text.to_owned()),
        _ => Err("a build's id is PROJECT:UUID".to_owned()),
    }
}
