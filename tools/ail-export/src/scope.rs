//! Which tasks `status` and `cancel` are about.

use clap::Args;
use lib_common::{AssetId, Context, Error, Exit, Record, Result};

use crate::task::Task;

/// Which tasks.
#[derive(Args)]
pub struct Choice {
    /// Only the tasks of this image; enough without an asset id
    #[arg(long, value_name = "AMI")]
    image_id: Option<String>,
}

/// The tasks of an asset id, of an image, or of both.
#[derive(Debug)]
pub struct Scope {
    asset_id: Option<AssetId>,
    image: Option<String>,
}

impl Choice {
    /// The scope, and the record that it may come from.
    pub fn read(self, context: &Context) -> Result<(Scope, Record)> {
        let record = context.record_if_piped()?;
        let scope = Scope { asset_id: record.asset_id()?, image: self.image_id };
        if scope.asset_id.is_none() && scope.image.is_none() {
            return Err(Error::new(Exit::Usage, "it is not said whose export tasks are meant")
                .next("give --asset-id or --image-id, or a record on stdin"));
        }
        Ok((scope, record))
    }
}

impl Scope {
    pub fn has(&self, task: &Task) -> bool {
        let of_asset = |id: &AssetId| task.asset_id.as_deref() == Some(id.as_str());
        self.asset_id.as_ref().is_none_or(of_asset)
            && self.image.as_ref().is_none_or(|image| *image == task.image)
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.asset_id, &self.image) {
            (Some(id), Some(image)) => write!(f, "{image} with the asset id {id}"),
            (Some(id), None) => write!(f, "the asset id {id}"),
            (None, Some(image)) => f.write_str(image),
            (None, None) => f.write_str("all"),
        }
    }
}
