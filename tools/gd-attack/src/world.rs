//! The GameDay that is attacked: its record, and the services it lives in.

use std::sync::Arc;

use lib_common::record::{Fleet, Network, Queues};
use lib_common::tags::{RUN, TOOL, Tags};
use lib_common::team::{TEAM, Team};
use lib_common::{Context, Error, Exit, Record, Result, aws};

use crate::attack::Target;
use crate::own::Own;

/// Shared by all deeds of a run.
pub struct World {
    pub team: Team,
    pub region: String,
    pub network: Network,
    pub queues: Queues,
    pub fleet: Fleet,
    /// What may be opened, and to whom.
    pub own: Own,
    pub autoscaling: aws_sdk_autoscaling::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub iam: aws_sdk_iam::Client,
    pub s3: aws_sdk_s3::Client,
    pub sqs: aws_sdk_sqs::Client,
    tags: Tags,
}

impl World {
    /// Of the record, which must be this team's. Nothing but the configuration is read.
    pub async fn new(context: &Context, record: &mut Record, team: &Team) -> Result<Arc<Self>> {
        let of_record: Team = record.require()?;
        if of_record != *team {
            return Err(Error::new(
                Exit::BadInput,
                format!("the record is of the team {of_record}, and --team is {team}"),
            )
            .next("give the record of the team that is to be attacked; nothing was called"));
        }
        let (network, queues, fleet) = (record.require()?, record.require()?, record.require()?);
        let own = Own::new(&queues)?;
        let config = context.aws(record).await?;
        let tags = [(TEAM, team.as_str()), (TOOL, context.tool()), (RUN, context.run())];
        Ok(Arc::new(Self {
            team: team.clone(),
            region: aws::region(config).to_owned(),
            network,
            queues,
            fleet,
            own,
            autoscaling: aws_sdk_autoscaling::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            ec2: aws_sdk_ec2::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            s3: aws_sdk_s3::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        }))
    }

    /// The id that a resource was sealed with.
    pub fn sealed(&self, resource: &str) -> Result<String> {
        let all = [&self.network.resources, &self.queues.resources, &self.fleet.resources];
        let seal = all.into_iter().find_map(|seals| seals.get(resource));
        seal.map(|seal| seal.id.clone()).ok_or_else(|| Self::without(resource))
    }

    /// Whether this GameDay is built with it.
    pub fn has(&self, target: Target) -> bool {
        match target {
            Target::Ec2(name) | Target::Alarm(name) => self.sealed(name).is_ok(),
            _ => true,
        }
    }

    /// That this GameDay is built without something.
    pub fn without(resource: &str) -> Error {
        Error::new(Exit::NotFound, format!("the record has no {resource}"))
            .next("choose an attack on what this GameDay has; `gd-attack list` names them")
    }

    /// The tags of what an attack makes: the team's, so that it is found when all is over.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The name of something that an attack makes.
    pub fn own_name(&self, what: &str) -> String {
        format!("{what}-{}", self.team)
    }

    /// The same tags as EC2 takes them in a creating call.
    pub fn specification(
        &self,
        kind: aws_sdk_ec2::types::ResourceType,
    ) -> aws_sdk_ec2::types::TagSpecification {
        let tags = self
            .tags
            .iter()
            .map(|(key, value)| aws_sdk_ec2::types::Tag::builder().key(key).value(value).build());
        aws_sdk_ec2::types::TagSpecification::builder()
            .resource_type(kind)
            .set_tags(Some(tags.collect()))
            .build()
    }

    /// The same tags as IAM takes them.
    pub fn iam_tags(&self) -> Vec<aws_sdk_iam::types::Tag> {
        let tag = |(key, value): &(String, String)| {
            let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value).build();
            tag.expect("key and value are given")
        };
        self.tags.iter().map(tag).collect()
    }
}
