//! The bucket that disks go to, and the role that writes them there.

use aws_sdk_cloudformation::Client;
use clap::Args;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

use crate::served::Distribution;

/// How to find bucket and role.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Destination")]
pub struct Choice {
    /// Bucket for the disks, in the image's account and region [default: BucketName of the stack]
    #[arg(long, env = "AIL_BUCKET", value_name = "NAME", hide_env = true)]
    pub bucket: Option<String>,

    /// Name of the role that EC2 writes with [default: RoleName of the stack]
    #[arg(long, env = "AIL_ROLE", value_name = "NAME", hide_env = true, value_parser = role_name)]
    pub role: Option<String>,

    /// Stack whose outputs name bucket and role
    #[arg(
        long,
        env = "AIL_BUCKET_STACK",
        value_name = "NAME",
        hide_env = true,
        default_value = "AIL-VM-BUCKET"
    )]
    pub bucket_stack: String,
}

/// Bucket and role.
#[derive(Clone, Debug)]
pub struct Destination {
    pub bucket: String,
    pub role: String,
    /// The distribution that serves the bucket, where the stack has one.
    pub distribution: Option<Distribution>,
}

impl Choice {
    /// Bucket and role: those given, else those of the stack.
    pub async fn resolve(mut self, cloudformation: &Client, region: &str) -> Result<Destination> {
        // A variable that is set to nothing is not set.
        self.bucket = self.bucket.filter(|name| !name.is_empty());
        self.role = self.role.filter(|name| !name.is_empty());
        if let (Some(bucket), Some(role)) = (&self.bucket, &self.role) {
            let (bucket, role) = (bucket.clone(), role.clone());
            return Ok(Destination { bucket, role, distribution: None });
        }
        let stack = Stack::find(cloudformation, &self.bucket_stack, region).await?;
        let output = |given: Option<String>, key| given.map_or_else(|| stack.output(key), Ok);
        let bucket = output(self.bucket, "BucketName")?;
        let distribution = stack.distribution(&bucket);
        Ok(Destination { bucket, role: output(self.role, "RoleName")?, distribution })
    }

    /// The distribution that serves a bucket, where the stack is there and has both.
    pub async fn distribution(
        cloudformation: &Client,
        stack: &str,
        bucket: &str,
        region: &str,
    ) -> Result<Option<Distribution>> {
        match Stack::find(cloudformation, stack, region).await {
            Ok(stack) => Ok(stack.distribution(bucket)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The stack that has the bucket.
struct Stack {
    name: String,
    region: String,
    found: aws_sdk_cloudformation::types::Stack,
}

impl Stack {
    async fn find(cloudformation: &Client, name: &str, region: &str) -> Result<Self> {
        let answer =
            cloudformation.describe_stacks().stack_name(name).send().await.during("DescribeStacks");
        let found = match answer {
            Ok(answer) => answer.stacks.unwrap_or_default().into_iter().next(),
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                return Err(error.context(format!("cannot look for the stack {name} ({region})")));
            }
        };
        let found = found.ok_or_else(|| {
            Error::new(
                Exit::NotFound,
                format!("the stack {name}, which has the bucket for VM images, does not exist ({region})"),
            )
            .next(
                "deploy it with `ail-stack up --kind vm-bucket`, or give --bucket and --role",
            )
        })?;
        Ok(Self { name: name.to_owned(), region: region.to_owned(), found })
    }

    fn distribution(&self, bucket: &str) -> Option<Distribution> {
        (self.value("BucketName") == Some(bucket)).then_some(())?;
        let (id, domain) = (self.value("DistributionId")?, self.value("DistributionDomainName")?);
        Some(Distribution { id: id.to_owned(), domain: domain.to_owned() })
    }

    fn value(&self, key: &str) -> Option<&str> {
        let output = self.found.outputs().iter().find(|output| output.output_key() == Some(key));
        output.and_then(|output| output.output_value())
    }

    fn output(&self, key: &str) -> Result<String> {
        self.value(key).map(str::to_owned).ok_or_else(|| {
            let status = self.found.stack_status().map_or("no status", |status| status.as_str());
            Error::new(
                Exit::NotFound,
                format!("the stack {} ({}) has no output {key}", self.name, self.region),
            )
            .because(format!("it is {status}"))
            .next("bring it up with `ail-stack up --kind vm-bucket`, or give --bucket and --role")
        })
    }
}

fn role_name(text: &str) -> Result<String, String> {
    match text.contains([':', '/']) {
        true => Err("give the role's name, not its path or ARN".to_owned()),
        false => Ok(text.to_owned()),
    }
}
