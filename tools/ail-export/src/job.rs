//! What is exported, to where, and with what.

use aws_config::SdkConfig;
use lib_common::record::Format;
use lib_common::{AssetId, Context};

use crate::place::Place;
use crate::served::Distribution;

/// The clients of the services that an export touches.
#[derive(Clone, Debug)]
pub struct Clients {
    pub cloudformation: aws_sdk_cloudformation::Client,
    pub cloudfront: aws_sdk_cloudfront::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub s3: aws_sdk_s3::Client,
    pub sts: aws_sdk_sts::Client,
}

impl Clients {
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            cloudformation: aws_sdk_cloudformation::Client::new(config),
            cloudfront: aws_sdk_cloudfront::Client::new(config),
            ec2: aws_sdk_ec2::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            s3: aws_sdk_s3::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }
}

/// One image on its way into one bucket. Cloning is cheap enough for an undo step.
#[derive(Clone, Debug)]
pub struct Job {
    pub context: Context,
    pub clients: Clients,
    pub asset_id: AssetId,
    /// The image, `ami-…`
    pub image: String,
    pub bucket: String,
    pub role: String,
    /// The distribution that serves the bucket, if there is one.
    pub distribution: Option<Distribution>,
    pub region: String,
    /// The account that owns the image and must own the bucket. S3 refuses each call
    /// whose bucket has meanwhile become another's.
    pub account: String,
    /// The size of the parts that large objects are copied in.
    pub part: u64,
}

impl Job {
    /// Where EC2 writes the object of a task: it adds no slash after the prefix.
    pub fn exported_key(&self, task: &str, format: Format) -> String {
        format!("{}{task}.{format}", self.asset_id.object_prefix())
    }

    /// Where the disk lies in the end.
    pub fn final_key(&self, format: Format) -> String {
        self.asset_id.object_key(format.extension())
    }

    /// The bucket alone.
    pub fn place(&self) -> Place {
        Place {
            s3: self.clients.s3.clone(),
            bucket: self.bucket.clone(),
            account: self.account.clone(),
        }
    }

    /// An object as people write it.
    pub fn s3(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    /// The sentence above every failure of all of it.
    pub fn cannot(&self) -> String {
        format!("cannot export {} to s3://{} ({})", self.image, self.bucket, self.region)
    }

    /// The sentence above every failure of one format.
    pub fn cannot_export(&self, format: Format) -> String {
        format!(
            "cannot export {} as {format} to {} ({})",
            self.image,
            self.s3(&self.final_key(format)),
            self.region
        )
    }
}
