//! The services of one region, and where its exported images lie.

use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_ec2::Client as Ec2;
use aws_sdk_s3::Client as S3;
use lib_common::aws::{self, During, Explain};
use lib_common::record::Exports;
use lib_common::{Context, Record, Result};
use tokio::sync::OnceCell;

/// The permanent stack whose bucket takes exported images.
const BUCKET_STACK: &str = "AIL-VM-BUCKET";
/// The output of that stack that names the bucket.
const BUCKET_OUTPUT: &str = "BucketName";

/// One region of an account.
pub struct Account {
    /// Its name.
    pub region: String,
    /// Instances, images and what belongs to them.
    pub ec2: Ec2,
    /// Stacks.
    pub cloudformation: CloudFormation,
    /// Objects.
    pub s3: S3,
    places: Places,
    buckets: OnceCell<Vec<String>>,
}

/// In which buckets objects are looked for.
pub enum Places {
    /// In these alone.
    Only(Vec<String>),
    /// In these, and in that of the bucket stack; no such stack, no such bucket.
    Also(Vec<String>),
}

impl Places {
    /// The bucket that was asked for, or those of the record and of the bucket stack.
    pub fn new(asked: Option<&str>, record: &Record) -> Result<Self> {
        if let Some(bucket) = asked {
            return Ok(Self::Only(vec![bucket.to_owned()]));
        }
        let exports = record.get::<Exports>()?.unwrap_or_default().0;
        let mut buckets: Vec<_> = exports.into_iter().map(|export| export.bucket).collect();
        buckets.sort();
        buckets.dedup();
        Ok(Self::Also(buckets))
    }
}

impl Account {
    /// The account and region that options, environment and record name.
    pub async fn open(context: &Context, record: &mut Record, places: Places) -> Result<Self> {
        let config = context.aws(record).await?;
        Ok(Self {
            region: aws::region(config).to_owned(),
            ec2: Ec2::new(config),
            cloudformation: CloudFormation::new(config),
            s3: S3::new(config),
            places,
            buckets: OnceCell::new(),
        })
    }

    /// The buckets in which objects are looked for.
    pub async fn buckets(&self) -> Result<&[String]> {
        let found = self.buckets.get_or_try_init(|| async {
            match &self.places {
                Places::Only(buckets) => Ok(buckets.clone()),
                Places::Also(buckets) => {
                    let own = self.bucket_of_stack().await?;
                    let own = own.filter(|bucket| !buckets.contains(bucket));
                    Ok(buckets.iter().cloned().chain(own).collect())
                }
            }
        });
        found.await.map(Vec::as_slice)
    }

    async fn bucket_of_stack(&self) -> Result<Option<String>> {
        let answer = self
            .cloudformation
            .describe_stacks()
            .stack_name(BUCKET_STACK)
            .send()
            .await
            .during("DescribeStacks")
            .explain(|| format!("cannot tell the bucket of {BUCKET_STACK} ({})", self.region));
        let answer = match answer {
            Err(error) if error.is_not_found() => return Ok(None),
            other => other.map_err(|e| e.next_or(|| "name it with --bucket".to_owned()))?,
        };
        let mut outputs = answer.stacks().iter().flat_map(|stack| stack.outputs());
        let bucket = outputs.find(|output| output.output_key() == Some(BUCKET_OUTPUT));
        Ok(bucket.and_then(|output| output.output_value()).map(str::to_owned))
    }
}
