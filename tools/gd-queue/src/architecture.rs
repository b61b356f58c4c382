//! What a GameDay's queues and bucket are to be: the resources that the reconciler looks after.

mod account;
mod bucket;
mod classic;
mod decoys;
mod judgement;
mod moves;
mod policy;
mod queue;
mod spec;

pub use spec::Wanted;

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_s3::Client as S3;
use aws_sdk_sqs::Client as Sqs;
use lib_common::reconcile::{Graph, Resource, Seals};
use lib_common::record::{self, Queues};
use lib_common::team::Team;
use lib_common::{Context, Record, Result};

use crate::journal;
use crate::role::Role;
use account::Account;
use bucket::{BUCKET, Bucket};
use queue::Queue;
use spec::Spec;

pub use bucket::find as find_bucket;

/// The graph of the resources, and what the record knows of them.
pub struct Architecture {
    /// What stands on what.
    pub graph: Graph,
    /// The architecture as an earlier run left it.
    pub seals: Seals,
    /// Since when jobs may be lost that an earlier repair could not send again (seconds since
    /// 1970).
    pub lost_since: Option<i64>,
    spec: Spec,
    account: Account,
    sqs: Sqs,
}

impl Architecture {
    /// What is wanted by options, environment and record.
    pub async fn open(context: &Context, wanted: &Wanted, record: &mut Record) -> Result<Self> {
        let team = wanted.team.of(record)?;
        let spec = Spec::new(wanted, record)?;
        let earlier = record.get::<Queues>()?;
        let lost_since = earlier.as_ref().and_then(|queues| queues.lost_since);
        let seals = earlier.map(|queues| queues.resources).unwrap_or_default();
        let config = context.aws(record).await?;
        let account = Account::of(config).await?;
        let (sqs, s3) = (Sqs::new(config), S3::new(config));
        let graph = Graph::new(resources(context, &team, &spec, &account, &sqs, &s3));
        Ok(Self { graph, seals, lost_since, spec, account, sqs })
    }

    /// Says what of the instructions of 2014 is unwise today, where they are followed.
    pub fn warn(&self, context: &Context) {
        classic::warn(context, &self.spec);
    }

    /// When the queue of jobs was made that was sealed (seconds since 1970).
    pub fn sealed_since(&self) -> Option<i64> {
        let created = self.seals.get(Role::Input.name())?.facts.get("CreatedTimestamp")?;
        Some(created.as_f64()? as i64)
    }

    /// Where the journal of what was sent here lies, unless its sender chose another place.
    pub fn journal(&self) -> Result<PathBuf> {
        let name = self.spec.queue(Role::Input);
        journal::of_queue(&self.account.path(name), &self.account.region, name)
    }

    /// The record's member, with what there is now.
    pub async fn member(&self, seals: Seals) -> Result<Queues> {
        let [input, output, dead_letter] = Role::ALL.map(|role| self.queue(role));
        let (input, output, dead_letter) = futures::try_join!(input, output, dead_letter)?;
        let bucket = seals.get(BUCKET).map(|sealed| sealed.id.clone()).unwrap_or_default();
        Ok(Queues {
            input,
            output,
            dead_letter,
            bucket: record::Bucket { name: bucket },
            visibility_seconds: self.spec.visibility_seconds,
            max_receives: self.spec.max_receives,
            montage_days: self.spec.montage_days,
            classic: self.spec.classic,
            lost_since: self.lost_since,
            resources: seals,
        })
    }

    async fn queue(&self, role: Role) -> Result<record::Queue> {
        let name = self.spec.queue(role).to_owned();
        let url = queue::url(&self.sqs, &name, &self.account.region).await?;
        Ok(record::Queue { arn: self.account.queue(&name), url: url.unwrap_or_default(), name })
    }
}

fn resources(
    context: &Context,
    team: &Team,
    spec: &Spec,
    account: &Account,
    sqs: &Sqs,
    s3: &S3,
) -> Vec<Arc<dyn Resource>> {
    let queue = |role: Role| {
        let queue = Queue::new(context, team, spec, account, sqs, role);
        Arc::new(queue) as Arc<dyn Resource>
    };
    let bucket = Bucket::new(context, team, spec, account, s3);
    vec![
        queue(Role::Input),
        queue(Role::Output),
        queue(Role::DeadLetter),
        Arc::new(bucket) as Arc<dyn Resource>,
    ]
}
