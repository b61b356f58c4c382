//! `ail-ami unpublish`: others may no longer launch the image.

use clap::Args;
use lib_common::{Context, Outcome, Result};

use crate::grantee::{Grantee, Grantees};
use crate::permissions::Way;
use crate::plan;
use crate::sharing::{Change, report, steps};
use crate::targets::{self, Which};

/// What to stop sharing, and with whom.
#[derive(Args)]
pub struct Options {
    /// Account to stop sharing with, 12 digits, or `all` for the public; again for more
    #[arg(long = "account", value_name = "ID", default_value = "all")]
    accounts: Vec<Grantee>,

    /// The snapshots as well
    #[arg(long)]
    snapshots: bool,

    #[command(flatten)]
    which: Which,
}

/// Stops sharing the image. A failure takes nothing back: what is private stays private.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let whom: Grantees = options.accounts.into_iter().collect();
    let targets = targets::require(context, &mut record, options.which).await?;
    let mut changes = Vec::new();
    for target in &targets {
        target.check_available()?;
        changes.extend(Change::all(target, options.snapshots, Way::Revoke, &whom).await?);
    }
    if context.options().dry_run {
        return plan::show(&steps(&targets, &changes, Way::Revoke));
    }
    let mut done = Vec::new();
    // The image first, the reverse of how it was published.
    for change in changes.into_iter().rev() {
        let what = change.title();
        if let Err(error) = change.make(context).await {
            return Err(done.into_iter().fold(error, lib_common::Error::done));
        }
        done.push(format!("{what} is no longer shared"));
    }
    report(context, &mut record, &targets, options.snapshots, Way::Revoke, &whom).await?;
    Ok(record.into())
}
