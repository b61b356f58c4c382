//! The clients that the verbs share.

use std::time::Duration;

use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::config::Region;
use aws_sdk_ec2::Client as Ec2;
use aws_sdk_s3::Client as S3;
use lib_common::{Context, Error, Record, Result, aws};

use crate::target::Target;

/// How long a stack may take. An instance is up in two minutes; a first volume from a
/// snapshot, or a slow deletion of a network interface, takes up to ten; a distribution is
/// disabled everywhere, and then deleted, in up to twenty.
const PATIENCE: Duration = Duration::from_secs(40 * 60);

/// The services, the region they are called in, and this run. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Services {
    pub context: Context,
    pub cloudformation: CloudFormation,
    pub ec2: Ec2,
    pub s3: S3,
    pub region: String,
    /// The longest wait for a stack.
    pub patience: Duration,
}

impl Services {
    /// Takes the configuration that is in force for the record, in the only region in
    /// which the target can be if there is one. The record keeps its own.
    pub async fn new(context: &Context, record: &mut Record, target: &Target) -> Result<Self> {
        let config = context.aws(record).await?;
        let config = match target.region() {
            Some(region) if region != aws::region(config) => {
                context.progress().say(&format!(
                    "{}: in {region}, whatever the region is otherwise",
                    target.name
                ));
                config.to_builder().region(Region::new(region)).build()
            }
            _ => config.clone(),
        };
        Ok(Self {
            context: context.clone(),
            cloudformation: CloudFormation::new(&config),
            ec2: Ec2::new(&config),
            s3: S3::new(&config),
            region: aws::region(&config).to_owned(),
            patience: context.timeout(PATIENCE),
        })
    }

    /// The same for a clean-up, which has a deadline of its own: a short `--timeout` must
    /// not leave anything behind.
    pub fn for_clean_up(&self) -> Self {
        Self { patience: PATIENCE, ..self.clone() }
    }
}

/// Whether the service said no: then the call made nothing that would have to go.
pub fn is_refusal(error: &Error) -> bool {
    error.code().is_some() && !error.is_passing()
}
