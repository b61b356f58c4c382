//! A queue of SQS, looked up by its name: a URL in a record may be of another endpoint.

use aws_sdk_sqs::Client;
use lib_common::aws::{self, During, Explain};
use lib_common::{Context, Record, Result};

use crate::names::Names;
use crate::role::Role;

/// One queue, where it is.
#[derive(Clone, Debug)]
pub struct Queue {
    /// What it is for.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// Where this endpoint has it.
    pub url: String,
    /// Its region.
    pub region: String,
    /// The service.
    pub sqs: Client,
}

impl Queue {
    /// Looks a queue up.
    pub async fn find(
        context: &Context,
        names: &Names,
        role: Role,
        record: &mut Record,
    ) -> Result<Self> {
        let name = names.queue(role, record)?;
        let config = context.aws(record).await?;
        let (sqs, region) = (Client::new(config), aws::region(config).to_owned());
        let answer = sqs.get_queue_url().queue_name(&name).send().await.during("GetQueueUrl");
        let url = answer
            .explain(|| format!("cannot find the {role} queue {name} ({region})"))
            .map_err(|error| match error.is_not_found() {
                true => error.next_or(|| {
                    format!("make it with `gd-queue up`, or name it with --{role}-queue")
                }),
                false => error,
            })?
            .queue_url
            .unwrap_or_default();
        Ok(Self { role, name, url, region, sqs })
    }
}
