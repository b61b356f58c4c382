//! `ail-tag add`.

use clap::Args;
use lib_common::{Context, Outcome, Result};

use crate::change::{self, Change};
use crate::pair::Pair;

/// Which tags to add.
#[derive(Args)]
pub struct Options {
    /// Tags to add; to change ail:asset-id wants --yes
    #[arg(required = true, value_name = "KEY=VALUE")]
    tags: Vec<Pair>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    change::run(context, Change::set(options.tags)?).await
}
