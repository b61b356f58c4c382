//! The services that keep tags: a module each.

mod ec2;
mod objects;
mod stacks;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_ec2::Client as Ec2;
use aws_sdk_s3::Client as S3;
use futures::StreamExt;
use lib_common::{Context, Error, Result};

use crate::change::{Step, Tags};
use crate::thing::{Place, Thing};

/// Objects and stacks that are read or changed at once.
const AT_ONCE: usize = 8;

/// The services of one region.
pub struct Services {
    ec2: Ec2,
    cloudformation: CloudFormation,
    s3: S3,
}

impl Services {
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            ec2: Ec2::new(config),
            cloudformation: CloudFormation::new(config),
            s3: S3::new(config),
        }
    }

    /// The tags of each thing, in the order of the things.
    pub async fn read(&self, things: Vec<Thing>) -> Vec<(Thing, Result<Tags>)> {
        let (of_ec2, others): (Vec<_>, Vec<_>) =
            things.iter().cloned().partition(|thing| thing.place == Place::Ec2);
        let others = futures::stream::iter(others)
            .map(|thing| async move {
                let tags = match &thing.place {
                    Place::Object(at) => objects::read(&self.s3, at).await,
                    _ => stacks::read(&self.cloudformation, &thing.asset.id).await,
                };
                (thing, tags)
            })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>();
        let (of_ec2, others) = futures::join!(ec2::read(&self.ec2, of_ec2), others);
        let mut all: Vec<_> = of_ec2.into_iter().chain(others).collect();
        all.sort_by_key(|(thing, _)| things.iter().position(|other| other == thing));
        all
    }

    /// Makes the changes; gives what failed. Stacks go first: they pass their tags on to
    /// their resources.
    pub async fn apply(&self, context: &Context, steps: Vec<Step>) -> Vec<(Thing, Error)> {
        let (of_ec2, others): (Vec<_>, Vec<_>) =
            steps.into_iter().partition(|step| step.thing.place == Place::Ec2);
        let mut failed: Vec<_> = futures::stream::iter(others)
            .map(|step| async move {
                let result = match &step.thing.place {
                    Place::Object(at) => objects::write(&self.s3, at, &step).await,
                    _ => stacks::write(context, &self.cloudformation, &step).await,
                };
                result.err().map(|error| (step.thing, error))
            })
            .buffer_unordered(AT_ONCE)
            .filter_map(|failed| async { failed })
            .collect()
            .await;
        failed.extend(ec2::write(&self.ec2, of_ec2).await);
        failed
    }
}
