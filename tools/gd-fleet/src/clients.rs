//! The services that a fleet is made of, in one region.

use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use lib_common::aws;

/// A client a service.
#[derive(Clone, Debug)]
pub struct Clients {
    pub autoscaling: aws_sdk_autoscaling::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub s3: aws_sdk_s3::Client,
    pub sts: aws_sdk_sts::Client,
    /// By which all of them sign.
    pub credentials: Option<SharedCredentialsProvider>,
    pub region: String,
}

impl Clients {
    /// The services as the configuration reaches them.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            autoscaling: aws_sdk_autoscaling::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            ec2: aws_sdk_ec2::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            s3: aws_sdk_s3::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
            credentials: config.credentials_provider(),
            region: aws::region(config).to_owned(),
        }
    }
}
