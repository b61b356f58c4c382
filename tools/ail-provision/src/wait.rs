//! `ail-provision wait`.

use std::time::Duration;

use clap::Args;
use lib_common::{Context, Outcome, Result};

use crate::access::{self, Deadline};
use crate::cloud_init;
use crate::target::Target;

/// The slowest images answer SSH after some minutes, and the console lags as long behind.
const FIT: Duration = Duration::from_secs(15 * 60);

/// What to wait for.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    access: access::TrustOptions,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let target = Target::with_keys(&record)?;
    let deadline = Deadline::of(context, FIT);
    let task = context.progress().task(&target.id);
    let connection =
        access::open(context, &mut record, &target, &options.access, deadline, &task).await?;
    cloud_init::wait(context, connection, &target, deadline, &task).await?;
    task.done(&format!("lets {} in", target.address()));
    Ok(record.into())
}
