//! `ail-tag rm`.

use clap::Args;
use lib_common::{Context, Outcome, Result};

use crate::change::{self, Change};
use crate::pair::Key;

/// Which tags to remove.
#[derive(Args)]
pub struct Options {
    /// Keys of the tags to remove; to remove ail:asset-id wants --yes
    #[arg(required = true, value_name = "KEY")]
    keys: Vec<Key>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::run(context, Change::remove(options.keys)).await
}
