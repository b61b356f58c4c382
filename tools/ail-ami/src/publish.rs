//! `ail-ami publish`: others may launch the image.

use clap::Args;
use lib_common::{Context, Outcome, Result};

use crate::grantee::{Grantee, Grantees};
use crate::permissions::Way;
use crate::plan;
use crate::sharing::{Change, report, steps};
use crate::targets::{self, Which};

/// What to share, and with whom.
#[derive(Args)]
pub struct Options {
    /// Account to share with, 12 digits, or `all` for everybody; again for more
    #[arg(long = "account", value_name = "ID", default_value = "all")]
    accounts: Vec<Grantee>,

    /// The snapshots as well: who copies the image needs them
    #[arg(long)]
    snapshots: bool,

    #[command(flatten)]
    which: Which,
}

/// Shares the image.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let whom: Grantees = options.accounts.into_iter().collect();
    let targets = targets::require(context, &mut record, options.which).await?;
    let mut changes = Vec::new();
    for target in &targets {
        target.check_available()?;
        changes.extend(Change::all(target, options.snapshots, Way::Grant, &whom).await?);
    }
    for change in &changes {
        change.check_public_access().await?;
    }
    if context.options().dry_run {
        return plan::show(&steps(&targets, &changes, Way::Grant));
    }
    for change in changes {
        change.with_undo(context).await?;
    }
    report(context, &mut record, &targets, options.snapshots, Way::Grant, &whom).await?;
    Ok(record.into())
}
