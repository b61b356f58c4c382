//! A queue as a resource: found by its name, which is its own in the region.

mod attribute;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Strangers, Wrong,
};
use lib_common::team::{self, Team};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Result};
use serde_json::{Value, json};

use super::account::Account;
use super::spec::Spec;
use super::{decoys, judgement, moves, policy};
use crate::role::Role;

/// What a queue can be set to; the attributes that it has beside these only count. Facts
/// have the names of the API.
const SETTINGS: [&str; 12] = [
    "VisibilityTimeout",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "MaximumMessageSize",
    "DelaySeconds",
    "SqsManagedSseEnabled",
    "KmsMasterKeyId",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "Policy",
    // Not to be set, but it tells a queue from another that was made in its place.
    "CreatedTimestamp",
    "FifoQueue",
];

/// Jobs are kept for SQS's default of four days; dead letters for its longest time, since
/// somebody has to look at them (SQS API Reference, MessageRetentionPeriod).
const FOUR_DAYS: u32 = 4 * 24 * 60 * 60;
const FOURTEEN_DAYS: u32 = 14 * 24 * 60 * 60;
/// The longest wait that SQS offers: a poll without one is paid for and brings nothing.
const LONG_POLL_SECONDS: u32 = 20;
/// The largest message (SQS API Reference, MaximumMessageSize).
const LARGEST: u32 = 1 << 20;

/// A queue's name stays taken for 60 s after DeleteQueue (SQS API Reference, CreateQueue,
/// QueueDeletedRecently). Twice that is far more than it needs.
const NAME_QUARANTINE: Duration = Duration::from_secs(120);
const DELETED_RECENTLY: &str = "QueueDeletedRecently";

/// One queue.
pub struct Queue {
    context: Context,
    team: Team,
    role: Role,
    name: String,
    account: Account,
    sqs: Client,
    wish: Facts,
    /// The queue of dead letters, for that of jobs.
    dead_letter: Option<(String, u32)>,
    /// The names of all three.
    ours: Vec<String>,
    /// The queue of jobs.
    home: String,
}

impl Queue {
    pub fn new(
        context: &Context,
        team: &Team,
        spec: &Spec,
        account: &Account,
        sqs: &Client,
        role: Role,
    ) -> Self {
        let name = spec.queue(role).to_owned();
        let arn = account.queue(&name);
        let policy = match spec.classic {
            true => Value::Null,
            false => policy::only_by_tls("sqs:*", &[arn]),
        };
        let wish = json!({
            "VisibilityTimeout": spec.visibility_seconds,
            "MessageRetentionPeriod": match role {
                Role::DeadLetter => FOURTEEN_DAYS,
                Role::Input | Role::Output => FOUR_DAYS,
            },
            "ReceiveMessageWaitTimeSeconds": if spec.classic { 0 } else { LONG_POLL_SECONDS },
            "MaximumMessageSize": LARGEST,
            "DelaySeconds": 0,
            "SqsManagedSseEnabled": !spec.classic,
            "KmsMasterKeyId": Value::Null,
            "RedriveAllowPolicy": Value::Null,
            "Policy": policy,
            "tags": team.wish(role.name(), &name),
        });
        let Value::Object(wish) = wish else { unreachable!("it was written as an object") };
        let dead_letter = account.queue(spec.queue(Role::DeadLetter));
        Self {
            context: context.clone(),
            team: team.clone(),
            role,
            account: account.clone(),
            sqs: sqs.clone(),
            wish,
            ours: Role::ALL.map(|role| spec.queue(role).to_owned()).into(),
            home: account.queue(spec.queue(Role::Input)),
            dead_letter: (role == Role::Input).then_some((dead_letter, spec.max_receives)),
            name,
        }
    }

    async fn url(&self) -> Result<Option<String>> {
        url(&self.sqs, &self.name, &self.account.region).await
    }

    /// The queue of this name, whoever made it.
    async fn look(&self) -> Result<Option<Found>> {
        match self.url().await? {
            Some(url) => self.look_at(&url).await,
            None => Ok(None),
        }
    }

    async fn look_at(&self, url: &str) -> Result<Option<Found>> {
        let (settings, tags) = futures::join!(self.settings(url), self.tags(url));
        // It went between two of the calls.
        let (mut facts, tags) = match (settings, tags) {
            (Err(error), _) | (_, Err(error)) if error.is_not_found() => return Ok(None),
            (settings, tags) => (settings?, tags?),
        };
        let id = match facts.remove("QueueArn") {
            Some(Value::String(arn)) => arn,
            _ => self.account.queue(&self.name),
        };
        facts.insert("tags".to_owned(), tags);
        Ok(Some(Found { id, facts }))
    }

    async fn settings(&self, url: &str) -> Result<Facts> {
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .send()
            .await
            .during("GetQueueAttributes")
            .explain(|| format!("cannot read the queue {} ({})", self.name, self.account.region))?;
        let told = answer.attributes.unwrap_or_default();
        // In one order, and with a null for what is not set: the same queue is the same record,
        // byte for byte, whether it was made or mended.
        let fact = |name: &str| {
            let attribute = QueueAttributeName::from(name);
            let text = told.get(&attribute).map_or("", String::as_str);
            (name.to_owned(), attribute::fact(&attribute, text))
        };
        Ok(SETTINGS.iter().chain(&["QueueArn"]).map(|name| fact(name)).collect())
    }

    async fn tags(&self, url: &str) -> Result<Value> {
        let answer = self.sqs.list_queue_tags().queue_url(url).send().await;
        let answer = answer.during("ListQueueTags").explain(|| {
            format!("cannot read the tags of the queue {} ({})", self.name, self.account.region)
        })?;
        let tags = answer.tags.unwrap_or_default();
        Ok(team::own(tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))))
    }

    fn is_ours(&self, found: &Found) -> bool {
        found.facts.get("tags").and_then(|tags| tags.get(team::TEAM))
            == Some(&json!(self.team.as_str()))
    }

    fn taken(&self, found: &Found) -> Error {
        let whose = match found.facts.get("tags").and_then(|tags| tags.get(team::TEAM)) {
            Some(Value::String(team)) => format!("it is the team {team}'s"),
            _ => format!("it has no tag {}={}", team::TEAM, self.team),
        };
        let what = format!("the name {} of the {} queue is taken", self.name, self.role);
        Error::new(Exit::Exists, format!("{what} ({})", self.account.region))
            .because(whose)
            .next(format!("give another by --{}-queue, or the --team whose it is", self.role))
    }

    /// Gives the URL.
    async fn try_to_create(&self, known: &Known) -> Result<String> {
        let wish = self.wish(known);
        let settings = wish.iter().filter(|(name, value)| *name != "tags" && !value.is_null());
        let settings = settings.map(|(name, value)| setting(name, value));
        let tags = self.team.tags(&self.context, self.role.name(), &self.name);
        self.sqs
            .create_queue()
            .queue_name(&self.name)
            .set_attributes(Some(settings.collect::<HashMap<_, _>>()))
            .set_tags(Some(tags.into_iter().collect()))
            .send()
            .await
            .during("CreateQueue")
            .map(|answer| answer.queue_url.unwrap_or_default())
    }
}

#[async_trait]
impl Resource for Queue {
    fn name(&self) -> &str {
        self.role.name()
    }

    fn kind(&self) -> &'static str {
        "queue"
    }

    fn needs(&self) -> Vec<String> {
        match self.role {
            Role::Input => vec![Role::DeadLetter.name().to_owned()],
            Role::Output | Role::DeadLetter => Vec::new(),
        }
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let found = self.look().await?;
        match (key, found) {
            (Key::Tags, found) => Ok(found.into_iter().filter(|it| self.is_ours(it)).collect()),
            (Key::Id(id), found) => Ok(found.into_iter().filter(|it| it.id == id).collect()),
            (Key::Nature, None) => Ok(Vec::new()),
            // Tags are given in the creating call: a queue without them is not of ours.
            (Key::Nature, Some(found)) if !self.is_ours(&found) => Err(self.taken(&found)),
            (Key::Nature, Some(found)) => Ok(vec![found]),
        }
    }

    fn wish(&self, known: &Known) -> Facts {
        let mut wish = self.wish.clone();
        let redrive = match &self.dead_letter {
            None => Value::Null,
            Some((arn, receives)) => {
                let there = known.get(Role::DeadLetter.name()).map(|found| found.id.as_str());
                json!({
                    "deadLetterTargetArn": there.unwrap_or(arn),
                    "maxReceiveCount": receives,
                })
            }
        };
        wish.insert("RedrivePolicy".to_owned(), redrive);
        wish
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let place = || format!("the queue {} ({})", self.name, self.account.region);
        let patience = self.context.timeout(NAME_QUARANTINE);
        let undo = self.context.undo();
        let waiter =
            Waiter::new(format!("the name {} to be free", self.name), patience).interruptible(undo);
        let told = std::sync::Once::new();
        let try_it = || async {
            match self.try_to_create(known).await {
                Err(error) if error.code().is_some_and(|code| code.ends_with(DELETED_RECENTLY)) => {
                    told.call_once(|| {
                        self.context.progress().say(&format!(
                            "a queue {} was deleted a moment ago: its name is free a minute later",
                            self.name
                        ));
                    });
                    Ok(Seen::Pending(error.summary()))
                }
                other => other.map(Seen::Ready),
            }
        };
        let url = waiter
            .until(&Task::silent(), try_it)
            .await
            .explain(|| format!("cannot create {}", place()))?;
        // A name that was just made may be unknown for a moment.
        Waiter::new(format!("{} to be known", place()), patience)
            .interruptible(undo)
            .until(&Task::silent(), || async {
                Ok(self.look_at(&url).await?.map_or(Seen::Missing, Seen::Ready))
            })
            .await
    }

    async fn mend(&self, _found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        let place = || format!("the queue {} ({})", self.name, self.account.region);
        let url = self.url().await?.ok_or_else(|| {
            Error::new(Exit::NotFound, format!("{} went while it was mended", place()))
        })?;
        let wrong = differences.iter().filter(|one| one.fact != "tags");
        let settings: HashMap<_, _> = wrong.map(|one| setting(&one.fact, &one.expected)).collect();
        if differences.iter().any(|one| one.fact == "tags") {
            let tags = self.team.tags(&self.context, self.role.name(), &self.name);
            let asked =
                self.sqs.tag_queue().queue_url(&url).set_tags(Some(tags.into_iter().collect()));
            let asked = asked.send().await.during("TagQueue");
            asked.explain(|| format!("cannot tag {}", place()))?;
        }
        if !settings.is_empty() {
            let asked = self.sqs.set_queue_attributes().queue_url(&url);
            let asked = asked.set_attributes(Some(settings)).send().await;
            asked.during("SetQueueAttributes").explain(|| format!("cannot set up {}", place()))?;
        }
        Ok(())
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "FifoQueue"
    }

    async fn delete(&self, _found: &Found) -> Result<()> {
        let Some(url) = self.url().await? else {
            return Ok(());
        };
        match self.sqs.delete_queue().queue_url(url).send().await.during("DeleteQueue") {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop).explain(|| {
                format!("cannot delete the queue {} ({})", self.name, self.account.region)
            }),
        }
    }

    async fn strangers(&self, found: &Found, _known: &Known) -> Strangers {
        match self.role {
            Role::Input => {
                let decoys =
                    decoys::find(&self.sqs, &self.account.region, &self.team, &self.ours).await;
                Strangers::listed("queues", decoys)
            }
            Role::DeadLetter => {
                Strangers::listed("moves", moves::find(&self.sqs, &found.id, &self.home).await)
            }
            Role::Output => Strangers::default(),
        }
    }

    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        match self.role {
            Role::DeadLetter => moves::stop(&self.sqs, stranger).await,
            _ => decoys::delete(&self.sqs, &self.account.region, stranger).await,
        }
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        judgement::on(&difference.fact, &judgement::QUEUE).is_some_and(|it| it.is_dangerous)
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match (wrong, self.role) {
            // Dead letters leave while one looks.
            (Wrong::Stranger(_), Role::DeadLetter) => Severity::Critical,
            (Wrong::Stranger(_), _) => Severity::Medium,
            _ => judgement::severity(wrong, &judgement::QUEUE),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match (call, self.role) {
            (Call::Create, _) => Some("sqs:CreateQueue"),
            (Call::Delete, _) => Some("sqs:DeleteQueue"),
            (Call::Mend(one), _) => {
                judgement::on(&one.fact, &judgement::QUEUE).map(|judgement| judgement.call)
            }
            (Call::Remove(_), Role::DeadLetter) => Some("sqs:CancelMessageMoveTask"),
            (Call::Remove(_), _) => Some("sqs:DeleteQueue"),
        }
    }
}

/// Where this endpoint has a queue.
pub async fn url(sqs: &Client, name: &str, region: &str) -> Result<Option<String>> {
    match sqs.get_queue_url().queue_name(name).send().await.during("GetQueueUrl") {
        Err(error) if error.is_not_found() => Ok(None),
        other => other
            .map(|answer| answer.queue_url)
            .explain(|| format!("cannot look for the queue {name} ({region})")),
    }
}

fn setting(fact: &str, value: &Value) -> (QueueAttributeName, String) {
    let name = QueueAttributeName::from(fact);
    let text = attribute::text(&name, value);
    (name, text)
}
