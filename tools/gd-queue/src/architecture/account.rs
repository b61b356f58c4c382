//! Whose account this is, for names that hold its number.

use aws_config::SdkConfig;
use aws_sdk_sts::Client;
use lib_common::Result;
use lib_common::aws::{self, During, Explain};

/// One region of an account.
#[derive(Clone, Debug)]
pub struct Account {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    partition: String,
    id: String,
    /// The region.
    pub region: String,
}

impl Account {
    /// Asks who the caller is.
    pub async fn of(config: &SdkConfig) -> Result<Self> {
        let region = aws::region(config).to_owned();
        let answer = Client::new(config)
            .get_caller_identity()
            .send()
            .await
            .during("GetCallerIdentity")
            .explain(|| format!("cannot tell whose account this is ({region})"))?;
        let arn = answer.arn().unwrap_or_default();
        let partition = arn.split(':').nth(1).filter(|word| !word.is_empty()).unwrap_or("aws");
        Ok(Self {
            partition: partition.to_owned(),
            id: answer.account().unwrap_or_default().to_owned(),
            region,
        })
    }

    /// The ARN of a queue.
    pub fn queue(&self, name: &str) -> String {
        format!("arn:{}:sqs:{}:{}:{name}", self.partition, self.region, self.id)
    }

    /// Where the endpoint of SQS has a queue: the end of its URL.
    pub fn path(&self, name: &str) -> String {
        format!("/{}/{name}", self.id)
    }

    /// The ARN of a bucket.
    pub fn bucket(&self, name: &str) -> String {
        format!("arn:{}:s3:::{name}", self.partition)
    }
}
