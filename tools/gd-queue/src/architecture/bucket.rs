//! The bucket as a resource. Its name is random, so it is found by its tags.

mod double;
mod empty;
mod look;
mod set;
mod ways;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership, Tag,
};
use futures::{StreamExt, TryStreamExt};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use lib_common::team::{self, Team};
use lib_common::wait::{CONSISTENCY, Seen, Waiter};
use lib_common::{Context, Error, Exit, Result};
use rand::RngExt;
use serde_json::{Value, json};

use super::account::Account;
use super::judgement::{self, Judgement};
use super::spec::Spec;
use super::{classic, policy};

/// Its name in the architecture.
pub const BUCKET: &str = "bucket";
/// What random names begin with (the GameDay's instructions).
const PREFIX: &str = "image-bucket-";
/// Reading the tags is a call a bucket.
const AT_ONCE: usize = 8;
/// The region that takes no location (Amazon S3 API Reference, CreateBucket).
const NOWHERE: &str = "us-east-1";
/// What an unfinished upload is worth after a day.
const UPLOAD_DAYS: i32 = 1;

/// The bucket.
///
/// Another one with the team's tag in the place of the sealed one is kept: an earlier repair may
/// have made it, and what the workers have put into it since cannot be made anew.
pub struct Bucket {
    context: Context,
    team: Team,
    /// Its name, where it is not to be a random one.
    name: Option<String>,
    /// The name that it had when it was sealed: nothing that refers to it has to change if that
    /// can be had again.
    earlier: Option<String>,
    account: Account,
    s3: Client,
    montage_days: u32,
    classic: bool,
}

impl Bucket {
    pub fn new(
        context: &Context,
        team: &Team,
        spec: &Spec,
        account: &Account,
        s3: &Client,
    ) -> Self {
        Self {
            context: context.clone(),
            team: team.clone(),
            name: spec.bucket.clone(),
            earlier: spec.earlier_bucket.clone(),
            account: account.clone(),
            s3: s3.clone(),
            montage_days: spec.montage_days,
            classic: spec.classic,
        }
    }

    fn random_name() -> String {
        format!("{PREFIX}{:08x}", rand::rng().random::<u32>())
    }

    async fn look(&self, name: &str) -> Result<Option<Found>> {
        let facts = look::at(&self.s3, name).await;
        match facts {
            Err(error) if error.is_not_found() => Ok(None),
            // A name that somebody else took when ours was deleted answers this too.
            Err(error) if error.exit() == Exit::Permission && !self.owns(name).await? => Ok(None),
            facts => facts
                .map(|facts| Some(Found { id: name.to_owned(), facts }))
                .explain(|| format!("cannot read the bucket {name} ({})", self.account.region)),
        }
    }

    /// Whether this account has a bucket of this name: only its own are listed.
    async fn owns(&self, name: &str) -> Result<bool> {
        let explain = || format!("cannot tell whose the bucket {name} is");
        let mut pages = self.s3.list_buckets().prefix(name).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.during("ListBuckets").explain(explain)?;
            if page.buckets().iter().any(|bucket| bucket.name() == Some(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the bucket of this name shall be.
    fn wish_of(&self, name: &str) -> Facts {
        let arn = self.account.bucket(name);
        let wish = match self.classic {
            true => json!({
                "public_access_block": Value::Null,
                "ownership": "ObjectWriter",
                "acl": ["AllUsers READ"],
                "policy": Value::Null,
                "lifecycle": Value::Null,
            }),
            false => json!({
                "public_access_block": {
                    "block_public_acls": true,
                    "ignore_public_acls": true,
                    "block_public_policy": true,
                    "restrict_public_buckets": true,
                },
                "ownership": "BucketOwnerEnforced",
                "acl": Value::Null,
                "policy": policy::only_by_tls("s3:*", &[arn.clone(), format!("{arn}/*")]),
                "lifecycle": [
                    {"id": "abort-uploads", "enabled": true, "prefix": "",
                     "abort_uploads_days": UPLOAD_DAYS},
                    {"id": "expire-montages", "enabled": true, "prefix": "out/",
                     "expire_days": self.montage_days},
                ],
            }),
        };
        let Value::Object(mut wish) = wish else { unreachable!("it was written as an object") };
        wish.insert("encryption".to_owned(), json!({"algorithm": "AES256"}));
        wish.insert("versioning".to_owned(), Value::Null);
        wish.extend(ways::WAYS.iter().map(|way| (way.fact.to_owned(), Value::Null)));
        wish.insert("tags".to_owned(), self.team.wish(BUCKET, name));
        wish
    }

    /// Makes the bucket of this name.
    async fn make(&self, name: &str) -> Result<()> {
        let region = &self.account.region;
        let tags = self.tags(name).into_iter();
        let tags: Vec<_> = tags.map(|(key, value)| tag(&key, &value)).collect::<Result<_>>()?;
        let place = (region != NOWHERE).then(|| BucketLocationConstraint::from(region.as_str()));
        let configuration = CreateBucketConfiguration::builder()
            .set_location_constraint(place)
            .set_tags(Some(tags))
            .build();
        let ownership = match self.classic {
            true => ObjectOwnership::ObjectWriter,
            false => ObjectOwnership::BucketOwnerEnforced,
        };
        let asked = self
            .s3
            .create_bucket()
            .bucket(name)
            .create_bucket_configuration(configuration)
            .object_ownership(ownership)
            .send()
            .await
            .during("CreateBucket");
        match asked {
            // An answer that was lost, and the call made again.
            Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
            other => {
                other.map(drop).explain(|| format!("cannot create the bucket {name} ({region})"))
            }
        }
    }

    fn tags(&self, name: &str) -> Vec<(String, String)> {
        self.team.tags(&self.context, BUCKET, name)
    }
}

#[async_trait]
impl Resource for Bucket {
    fn name(&self) -> &str {
        BUCKET
    }

    fn kind(&self) -> &'static str {
        "bucket"
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let names = match (key, &self.name) {
            (Key::Tags, None) => find(&self.s3, &self.account.region, &self.team).await?,
            (Key::Tags | Key::Nature, Some(name)) => vec![name.clone()],
            (Key::Id(name), _) => vec![name.to_owned()],
            // A random name says nothing of whose it is.
            (Key::Nature, None) => Vec::new(),
        };
        let looks = futures::stream::iter(names).map(|name| async move { self.look(&name).await });
        let found: Vec<_> =
            looks.buffered(AT_ONCE).try_filter_map(async |it| Ok(it)).try_collect().await?;
        let ours = |it: &Found| {
            it.facts.get("tags").and_then(|tags| tags.get(team::TEAM))
                == Some(&json!(self.team.as_str()))
        };
        match key {
            Key::Tags => Ok(found.into_iter().filter(ours).collect()),
            Key::Id(_) => Ok(found),
            Key::Nature => match found.iter().find(|it| !ours(it)) {
                None => Ok(found),
                Some(taken) => Err(Error::new(
                    Exit::Exists,
                    format!("the bucket {} is not the team {}'s", taken.id, self.team),
                )
                .because(format!("it has no tag {}={}", team::TEAM, self.team))
                .next("give another name by --bucket, or none, for a random one")),
            },
        }
    }

    fn wish(&self, known: &Known) -> Facts {
        let there = known.get(BUCKET).map(|found| found.id.as_str());
        match there.or(self.name.as_deref()) {
            Some(name) => self.wish_of(name),
            // Its policy and its tags hold its name, which is drawn when it is made.
            None => Facts::new(),
        }
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        let known = self.name.clone().or_else(|| self.earlier.clone());
        let name = known.unwrap_or_else(Self::random_name);
        let name = match self.make(&name).await {
            Ok(()) => name,
            Err(error) if self.name.is_none() && is_not_free(&error) => {
                let other = Self::random_name();
                let why = error.code().unwrap_or("it is taken").to_owned();
                self.context.progress().say(&format!(
                    "the name {name} cannot be had ({why}): the bucket is {other} from now on"
                ));
                self.make(&other).await?;
                other
            }
            Err(error) if is_not_free(&error) => {
                return Err(error.exiting(Exit::Exists).next(
                    "the name of a deleted bucket can take hours to be free: give another by \
                     --bucket, or none, for a random one",
                ));
            }
            Err(error) => return Err(error),
        };
        Waiter::new(format!("the bucket {name} to be known"), CONSISTENCY)
            .interruptible(self.context.undo())
            .until(&Task::silent(), || async {
                Ok(self.look(&name).await?.map_or(Seen::Missing, Seen::Ready))
            })
            .await
    }

    async fn mend(&self, found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        let name = &found.id;
        let facts = set::in_order(differences);
        for one in facts {
            let tags = self.tags(name);
            set::fact(&self.s3, name, one, &tags).await.map_err(|error| {
                let error = error.context(format!(
                    "cannot set {} of the bucket {name} ({})",
                    one.fact.replace('_', " "),
                    self.account.region
                ));
                // What the account forbids is to open it.
                let opens = matches!(one.fact.as_str(), "acl" | "public_access_block");
                if self.classic && opens { classic::advise(error) } else { error }
            })?;
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        empty::delete(&self.context, &self.s3, &found.id)
            .await
            .explain(|| format!("cannot delete the bucket {} ({})", found.id, self.account.region))
    }

    async fn holds(&self, double: &Found) -> Result<Option<String>> {
        let held = double::holds(&self.s3, &double.id).await;
        held.explain(|| format!("cannot look into {} ({})", double.id, self.account.region))
    }

    async fn delete_double(&self, double: &Found) -> Result<()> {
        let explain =
            || format!("cannot delete the bucket {} ({})", double.id, self.account.region);
        double::delete(&self.s3, &double.id).await.explain(explain)
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        judgement::on(&difference.fact, judgements()).is_some_and(|it| it.is_dangerous)
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        judgement::severity(wrong, judgements())
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("s3:CreateBucket"),
            Call::Delete => Some("s3:DeleteBucket"),
            Call::Mend(one) => judgement::on(&one.fact, judgements()).map(|it| it.call),
            Call::Remove(_) => None,
        }
    }
}

fn judgements() -> impl Iterator<Item = &'static Judgement> {
    judgement::BUCKET.iter().chain(&ways::WAYS)
}

/// A name that somebody else has, or that is not free yet after its bucket was deleted (Amazon S3
/// API Reference, "Error responses").
fn is_not_free(error: &Error) -> bool {
    matches!(error.code(), Some("BucketAlreadyExists" | "OperationAborted"))
}

/// The names of the team's buckets.
pub async fn find(s3: &Client, region: &str, team: &Team) -> Result<Vec<String>> {
    let explain = || format!("cannot look for the bucket of the team {team} ({region})");
    let mut names = Vec::new();
    let mut pages = s3.list_buckets().prefix(PREFIX).bucket_region(region).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.during("ListBuckets").explain(explain)?;
        let found = page.buckets().iter().filter_map(|bucket| bucket.name());
        names.extend(found.map(str::to_owned));
    }
    let tags = futures::stream::iter(names)
        .map(|name| async move { (look::tags(s3, &name).await, name) })
        .buffered(AT_ONCE);
    let (mut ours, mut dark) = (Vec::new(), None);
    for (tags, name) in tags.collect::<Vec<_>>().await {
        match tags {
            Ok(tags) if tags.get(team::TEAM) == Some(&json!(team.as_str())) => ours.push(name),
            Err(error) if !error.is_not_found() => dark = Some(error),
            _ => {}
        }
    }
    match dark {
        // One that cannot be read may be it.
        Some(error) if ours.is_empty() => Err(error.context(explain())),
        _ => Ok(ours),
    }
}

fn tag(key: &str, value: &str) -> Result<Tag> {
    Tag::builder()
        .key(key)
        .value(value)
        .build()
        .map_err(|error| Error::new(Exit::Failed, "cannot name a tag").caused_by(&error))
}
