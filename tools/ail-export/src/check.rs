//! `ail-export check`: whether an export can go where it is to go, before there is an image.

use clap::Args;
use lib_common::{Context, Outcome, Result, aws};

use crate::destination::Choice;
use crate::job::Clients;
use crate::preflight;

/// Where the export is to go.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    destination: Choice,
}

/// Passes the record through if bucket and role are fit for an export.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let config = context.aws(&mut record).await?;
    let (clients, region) = (Clients::new(config), aws::region(config));
    let destination = options
        .destination
        .resolve(&clients.cloudformation, region)
        .await
        .map_err(|error| error.context(format!("cannot export images ({region})")))?;
    preflight::check_destination(context, &clients, &destination, region).await?;
    let (bucket, role) = (&destination.bucket, &destination.role);
    context.progress().say(&format!("s3://{bucket} and the role {role} are fit ({region})"));
    Ok(record.into())
}
