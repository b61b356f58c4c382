//! `ail-ami find`.

use aws_sdk_ec2::Client;
use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::{Context, Outcome, Result};

/// Which image to look for.
#[derive(Args)]
pub struct Options {
    /// Name pattern, with * and ?
    #[arg(long, env = "AIL_SOURCE_NAME")]
    name: String,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.new_record();
    let ec2 = Client::new(context.aws(&mut record).await?);
    let found = ec2
        .describe_images()
        .owners(options.name)
        .send()
        .await
        .during("DescribeImages")
        .explain(|| "cannot look for images".to_owned())?;
    tracing::info!(count = found.images().len(), "found");
    Ok(record.into())
}
