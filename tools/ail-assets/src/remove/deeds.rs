//! Removing an asset, by its kind.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use aws_sdk_ec2::types::{Filter, InstanceStateName};
use lib_common::asset::{Asset, Kind, Location};
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::wait::Waiter;
use lib_common::{Context, Error, Exit, Result, state};
use tokio::time::Instant;

use super::plan::Job;
use super::until_gone::until_gone;
use super::{images, objects, stacks, tasks};
use crate::account::Account;
use crate::result::{Fate, Removal};

/// Removes assets of one account, until one deadline.
pub struct Remover<'a> {
    pub context: &'a Context,
    pub account: &'a Account,
    deadline: Instant,
    planned: HashSet<String>,
    /// The runs of which a stack or an instance stays, and that stack or instance.
    running_on: HashMap<String, String>,
}

/// What became of an asset, and why.
pub type Done = (Fate, Option<String>);

impl<'a> Remover<'a> {
    pub fn new(context: &'a Context, account: &'a Account, timeout: Duration) -> Self {
        let deadline = Instant::now() + timeout;
        Self { context, account, deadline, planned: HashSet::new(), running_on: HashMap::new() }
    }

    /// Notes what else is going to be removed.
    pub fn plan(&mut self, assets: &[Asset]) {
        self.planned.extend(assets.iter().map(|asset| asset.short_id().to_owned()));
    }

    /// Notes what stays after all: what it holds need not be waited for.
    pub fn keep(&mut self, removals: &[Removal]) {
        for kept in removals.iter().filter(|r| matches!(r.result, Fate::Failed | Fate::Skipped)) {
            self.planned.remove(kept.asset.short_id());
            if let (Kind::Stack | Kind::Instance, Some(run)) = (kept.asset.kind, &kept.asset.run) {
                self.running_on.insert(run.clone(), kept.asset.label());
            }
        }
    }

    /// Whether an error speaks of something that is being removed too.
    pub fn names_planned(&self, error: &Error) -> bool {
        let text = error.to_string();
        self.planned.iter().any(|id| text.contains(id.as_str()))
    }

    /// A wait for an asset to be gone, until the deadline of all.
    pub fn waiter(&self, asset: &Asset) -> Waiter {
        let rest = self.deadline.saturating_duration_since(Instant::now());
        Waiter::new(format!("{} to be gone", asset.label()), rest)
    }

    /// Removes what a job holds. A failure is a result too.
    pub async fn remove(&self, job: Job) -> Vec<Removal> {
        match job {
            Job::Objects(batch) => objects::remove(self, batch).await,
            Job::One(asset) => {
                let task = self.context.progress().task(asset.label());
                let ended = self.one(&asset, &task).await;
                let denied = ended.as_ref().is_err_and(|error| error.exit() == Exit::Permission);
                let (result, reason) =
                    ended.unwrap_or_else(|error| (Fate::Failed, Some(error.summary())));
                task.done(match result {
                    Fate::Removed | Fate::Gone => "gone",
                    Fate::Failed => "failed",
                    Fate::Skipped => "skipped",
                });
                vec![Removal { asset: *asset, result, reason, denied }]
            }
        }
    }

    async fn one(&self, asset: &Asset, task: &Task) -> Result<Done> {
        if let Kind::KeyPair | Kind::KeyFile = asset.kind
            && let Some(left) = asset.run.as_ref().and_then(|run| self.running_on.get(run))
        {
            // Without its key nobody could look what is wrong with it.
            return Ok((Fate::Skipped, Some(format!("its {left} stays"))));
        }
        match asset.kind {
            Kind::Stack => stacks::remove(self, asset, task).await,
            Kind::ExportTask => tasks::remove(self, asset, task).await,
            Kind::Image => images::remove(self, asset, task).await,
            Kind::Instance => self.unless_protected(asset, self.instance(asset, task)).await,
            Kind::SecurityGroup => self.unless_protected(asset, self.group(asset, task)).await,
            Kind::Volume => self.volume(asset, task).await,
            Kind::Snapshot => self.snapshot(asset, task).await,
            Kind::KeyPair => self.key_pair(asset, task).await,
            Kind::KeyFile => state::remove(Path::new(&asset.id)).map(|()| (Fate::Removed, None)),
            Kind::Upload => self.upload(asset).await,
            Kind::Object => Err(Error::new(Exit::Failed, "its id is not s3://BUCKET/KEY")),
        }
    }

    /// What is part of a stack that is protected, or that cannot be read, is not touched.
    async fn unless_protected(
        &self,
        asset: &Asset,
        deed: impl Future<Output = Result<Done>>,
    ) -> Result<Done> {
        let Some(stack) = &asset.part_of else {
            return deed.await;
        };
        let protected = match stacks::find(self.account, stack).await {
            Ok(found) => found.is_some_and(|stack| stacks::is_protected(&stack)),
            Err(error) => {
                let why = format!("it is part of stack {stack}: {}", error.summary());
                return Ok((Fate::Skipped, Some(why)));
            }
        };
        match protected {
            true => Ok((Fate::Skipped, Some(format!("it is part of the protected stack {stack}")))),
            false => deed.await,
        }
    }

    async fn instance(&self, asset: &Asset, task: &Task) -> Result<Done> {
        let (ec2, id) = (&self.account.ec2, asset.id.as_str());
        let look = || async {
            let filter = Filter::builder().name("instance-id").values(id).build();
            let answer = ec2
                .describe_instances()
                .filters(filter)
                .send()
                .await
                .during("DescribeInstances")?;
            let mut all = answer.reservations().iter().flat_map(|r| r.instances());
            let state = all.next().and_then(|i| i.state()).and_then(|state| state.name());
            Ok(state.filter(|s| **s != InstanceStateName::Terminated).map(ToString::to_string))
        };
        let delete = || async {
            let asked = ec2.terminate_instances().instance_ids(id).send().await;
            asked.during("TerminateInstances").map(drop)
        };
        let existed = until_gone(&self.waiter(asset), task, look, delete, |_| false).await?;
        Ok(fate(asset, existed))
    }

    async fn volume(&self, asset: &Asset, task: &Task) -> Result<Done> {
        if let Some(instance) = asset.part_of.as_deref().filter(|i| !self.planned.contains(*i)) {
            let why = format!("it is attached to {instance}, which is not removed");
            return Ok((Fate::Skipped, Some(why)));
        }
        let (ec2, id) = (&self.account.ec2, asset.id.as_str());
        let look = || async {
            let filter = Filter::builder().name("volume-id").values(id).build();
            let answer =
                ec2.describe_volumes().filters(filter).send().await.during("DescribeVolumes")?;
            Ok(answer.volumes().first().and_then(|v| v.state()).map(ToString::to_string))
        };
        let delete = || async {
            let asked = ec2.delete_volume().volume_id(id).send().await;
            asked.during("DeleteVolume").map(drop)
        };
        let held = |error: &Error| matches!(error.code(), Some("VolumeInUse" | "IncorrectState"));
        let existed = until_gone(&self.waiter(asset), task, look, delete, held).await?;
        Ok(fate(asset, existed))
    }

    async fn group(&self, asset: &Asset, task: &Task) -> Result<Done> {
        let (ec2, id) = (&self.account.ec2, asset.id.as_str());
        let look = || async {
            let filter = Filter::builder().name("group-id").values(id).build();
            let answer = ec2.describe_security_groups().filters(filter).send().await;
            let answer = answer.during("DescribeSecurityGroups")?;
            Ok(answer.security_groups().first().map(|_| "available".to_owned()))
        };
        let delete = || async {
            let asked = ec2.delete_security_group().group_id(id).send().await;
            asked.during("DeleteSecurityGroup").map(drop)
        };
        let may_pass = self.planned.iter().any(|id| id.starts_with("i-"));
        let held = |error: &Error| {
            may_pass && matches!(error.code(), Some("DependencyViolation" | "InvalidGroup.InUse"))
        };
        let existed = until_gone(&self.waiter(asset), task, look, delete, held).await?;
        Ok(fate(asset, existed))
    }

    async fn snapshot(&self, asset: &Asset, task: &Task) -> Result<Done> {
        let (ec2, id) = (&self.account.ec2, asset.id.as_str());
        let look = || async {
            let filter = Filter::builder().name("snapshot-id").values(id).build();
            let answer = ec2
                .describe_snapshots()
                .filters(filter)
                .send()
                .await
                .during("DescribeSnapshots")?;
            Ok(answer.snapshots().first().and_then(|s| s.state()).map(ToString::to_string))
        };
        let delete = || async {
            let asked = ec2.delete_snapshot().snapshot_id(id).send().await;
            asked.during("DeleteSnapshot").map(drop)
        };
        // An image holds its snapshots for a moment after it was deregistered; another
        // image holds them for good. A pending one can be refused until it is complete.
        let held = |error: &Error| match error.code() {
            Some("InvalidSnapshot.InUse") => self.names_planned(error),
            Some("IncorrectState") => true,
            _ => false,
        };
        let existed = until_gone(&self.waiter(asset), task, look, delete, held).await?;
        let with_an_image = !existed && self.planned.iter().any(|id| id.starts_with("ami-"));
        Ok(match with_an_image {
            true => (Fate::Removed, Some("with its image".to_owned())),
            false => fate(asset, existed),
        })
    }

    async fn key_pair(&self, asset: &Asset, task: &Task) -> Result<Done> {
        let (ec2, id) = (&self.account.ec2, asset.id.as_str());
        let look = || async {
            let filter = Filter::builder().name("key-pair-id").values(id).build();
            let answer =
                ec2.describe_key_pairs().filters(filter).send().await.during("DescribeKeyPairs")?;
            Ok(answer.key_pairs().first().map(|_| "available".to_owned()))
        };
        let delete = || async {
            let asked = ec2.delete_key_pair().key_pair_id(id).send().await;
            asked.during("DeleteKeyPair").map(drop)
        };
        let existed = until_gone(&self.waiter(asset), task, look, delete, |_| false).await?;
        Ok(fate(asset, existed))
    }

    async fn upload(&self, asset: &Asset) -> Result<Done> {
        let at: Location = asset.id.parse()?;
        let asked = self
            .account
            .s3
            .abort_multipart_upload()
            .bucket(&at.bucket)
            .key(&at.key)
            .set_upload_id(at.upload.clone())
            .send()
            .await
            .during("AbortMultipartUpload");
        match asked {
            Err(error) if error.is_not_found() => Ok((Fate::Gone, None)),
            other => other.map(|_| (Fate::Removed, None)),
        }
    }
}

/// What was gone when its turn came went with what it was part of, or on its own.
pub fn fate(asset: &Asset, existed: bool) -> Done {
    match (existed, &asset.part_of) {
        (true, _) => (Fate::Removed, None),
        (false, Some(whole)) => (Fate::Removed, Some(format!("with {whole}"))),
        (false, None) => (Fate::Gone, None),
    }
}
