//! `gd-queue resend`: what was lost with a queue is sent again, once.

mod buried;

use aws_sdk_s3::Client as S3;
use clap::Args;
use futures::{StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use lib_common::aws::{During, Explain};
use lib_common::team::TeamOption;
use lib_common::{Context, Outcome, Record, Result, lines};

use crate::bucket;
use crate::depth::Depth;
use crate::job::Job;
use crate::journal::{Entry, JournalOption, Open};
use crate::names::Names;
use crate::queue::Queue;
use crate::role::Role;
use crate::send::send_noted;

/// A queue keeps a job so long: one that is older was given up (the input queue's
/// MessageRetentionPeriod).
const KEPT: SignedDuration = SignedDuration::from_hours(4 * 24);
/// After what time SQS has counted a message that was just sent (Amazon SQS API Reference,
/// GetQueueAttributes: the numbers are right a minute after the last change).
const COUNTED: SignedDuration = SignedDuration::from_secs(60);
/// How often a job is sent again: one that is lost more often than this is better looked at.
const MOST_OFTEN: u32 = 3;
/// Looks for montages at once.
const AT_ONCE: usize = 16;

/// Which jobs, and where they went.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    journal: JournalOption,

    #[command(flatten)]
    team: TeamOption,

    #[command(flatten)]
    names: Names,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = options.names.record(context)?;
    let which = Which { journal: &options.journal, team: &options.team, names: &options.names };
    lost(context, &which, &mut record, Timestamp::now() - KEPT, true).await?;
    Ok(Outcome::printed())
}

/// Which journal, queues and bucket.
pub struct Which<'a> {
    pub journal: &'a JournalOption,
    pub team: &'a TeamOption,
    pub names: &'a Names,
}

/// Sends again what was sent since then and is lost.
pub async fn lost(
    context: &Context,
    which: &Which<'_>,
    record: &mut Record,
    since: Timestamp,
    prints: bool,
) -> Result<()> {
    let say = |text: &str| context.progress().say(text);
    let input = Queue::find(context, which.names, Role::Input, record).await?;
    let journal = which.journal.of(&input)?;
    let open = journal.open_jobs(since.max(Timestamp::now() - KEPT))?;
    if open.is_empty() {
        if prints {
            say(&format!("no job of {} is open", journal.path().display()));
        }
        return Ok(());
    }
    let dead = Queue::find(context, which.names, Role::DeadLetter, record).await?;
    let bucket = bucket::of(context, which.names, which.team, record).await?;
    let s3 = S3::new(context.aws(record).await?);
    let (open, done) = without_montage(&s3, &bucket, open).await?;
    if !context.options().dry_run {
        journal.note(done.iter().map(|job| Entry::done(&input, job)))?;
    }
    let buried = buried::jobs(context, &dead).await?;
    let open: Vec<_> = open.into_iter().filter(|it| !buried.contains(&it.job.id)).collect();
    let there = Depth::of(&input).await?.total();
    let count = open.len();
    if usize::try_from(there).is_ok_and(|there| count <= there) {
        if count > 0 {
            say(&format!(
                "{count} jobs have no montage, and {} has {there} messages: none is known to be \
                 lost",
                input.name
            ));
        }
        return Ok(());
    }
    let jobs = due(open, Timestamp::now());
    if jobs.is_empty() {
        say(&format!("{count} jobs have no montage, and were sent again already"));
        return Ok(());
    }
    if context.options().dry_run {
        let plan = jobs.iter().map(|job| format!("would send job {} again\n", job.id));
        return lines::print(&plan.collect::<String>());
    }
    say(&format!("{} jobs have no montage and are in no queue: sent again", jobs.len()));
    // Before the first call: killed here, nothing is lost but a minute.
    journal.note(jobs.iter().map(|job| Entry::resent(&input, job)))?;
    send_noted(context, input, jobs, &journal, prints, Entry::unsent).await
}

/// Those that were not just sent again, and not too often.
fn due(open: Vec<Open>, now: Timestamp) -> Vec<Job> {
    let is_due = |it: &Open| {
        let is_fresh = it.again > 0 && now.duration_since(it.last) < COUNTED;
        !is_fresh && it.again < MOST_OFTEN
    };
    open.into_iter().filter(is_due).map(|it| it.job).collect()
}

/// Those that have no montage, and those that have one.
async fn without_montage(s3: &S3, bucket: &str, open: Vec<Open>) -> Result<(Vec<Open>, Vec<Job>)> {
    let looks = open.into_iter().map(|it| async move {
        let key = format!("out/{}.jpg", it.job.id);
        let head = s3.head_object().bucket(bucket).key(&key).send().await;
        match head.during("HeadObject") {
            Ok(_) => Ok((it, true)),
            Err(error) if error.is_not_found() => Ok((it, false)),
            Err(error) => Err(error),
        }
        .explain(|| format!("cannot look for s3://{bucket}/{key}"))
    });
    let looked = futures::stream::iter(looks.collect::<Vec<_>>()).buffered(AT_ONCE);
    let looked: Vec<_> = looked.try_collect().await?;
    let (done, open): (Vec<_>, Vec<_>) = looked.into_iter().partition(|(_, is_there)| *is_there);
    let done = done.into_iter().map(|(it, _)| it.job).collect();
    Ok((open.into_iter().map(|(it, _)| it).collect(), done))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_just_sent_again_or_too_often_is_not_due() {
        let now = Timestamp::now();
        let open = |n: u32, seconds: u64, again: u32| Open {
            job: Job::new(vec![format!("http://a/{n}")], ""),
            last: now - Duration::from_secs(seconds),
            again,
        };
        let all = vec![open(1, 1, 0), open(2, 1, 1), open(3, 61, 1), open(4, 999, 3)];
        let due: Vec<_> = due(all, now).into_iter().flat_map(|job| job.urls).collect();
        assert_eq!(due, ["http://a/1", "http://a/3"]);
    }
}
