//! `ail-assets rm`.

mod deeds;
mod goal;
mod images;
mod objects;
mod plan;
mod stacks;
mod tasks;
mod until_gone;

use std::collections::HashMap;
use std::time::Duration;

use clap::Args;
use futures::StreamExt;
use lib_common::asset::Kind;
use lib_common::cli::Format;
use lib_common::lines::{List, print};
use lib_common::{Context, Error, Exit, Outcome, Result};

use crate::account::Account;
use crate::find::Found;
use crate::result::{Fate, Removal};
use crate::scope::{OfRun, Scope};
use deeds::Remover;
use goal::Goal;

/// Deleting a stack with an instance takes minutes, giving up a large pending snapshot too.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// The calls of a wave that are under way at once.
const AT_ONCE: usize = 8;
/// Something may appear a moment after a run was killed: there is a look after each round,
/// and what it finds is removed in the next.
const ROUNDS: usize = 3;

/// What to remove.
#[derive(Args)]
pub struct Options {
    /// Remove the assets on stdin, as `list` and `expired` print them with --output ndjson or
    /// json, whatever their asset id; no lines are nothing to do
    #[arg(long)]
    lines: bool,

    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    run: OfRun,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (goal, account) = Goal::read(context, options).await?;
    let found = goal.look(&account).await?;
    if context.options().dry_run {
        print(&plan::sentences(&found.assets))?;
        found.is_complete()?;
        return Ok(Outcome::printed());
    }
    if !found.assets.is_empty() {
        context.confirm(&plan::summary(&found.assets, &account.region))?;
    }
    let mut work = Work::new(context, &account);
    for absent in goal.absent(&found) {
        work.tell(absent)?;
    }
    let left = work.all_rounds(&goal, found).await?;
    // A table of nothing is its head, and a second run prints nothing.
    if !work.fates.is_empty() || context.format() == Format::Json {
        work.list.finish()?;
    }
    report(&work.fates, &left, &account.region)?;
    Ok(Outcome::printed())
}

/// The removal under way.
struct Work<'a> {
    account: &'a Account,
    remover: Remover<'a>,
    list: List<Removal>,
    fates: HashMap<(Kind, String), Removal>,
}

impl<'a> Work<'a> {
    fn new(context: &'a Context, account: &'a Account) -> Self {
        Self {
            account,
            remover: Remover::new(context, account, context.timeout(TIMEOUT)),
            list: List::new(context.format()),
            fates: HashMap::new(),
        }
    }

    /// Removes what was found, and what a look afterwards finds; gives the last look.
    async fn all_rounds(&mut self, goal: &Goal, mut found: Found) -> Result<Found> {
        for _ in 0..ROUNDS {
            if found.assets.is_empty() {
                break;
            }
            self.remover.plan(&found.assets);
            for wave in plan::waves(std::mem::take(&mut found.assets)) {
                let remover = &self.remover;
                let mut jobs = futures::stream::iter(wave)
                    .map(|job| remover.remove(job))
                    .buffer_unordered(AT_ONCE);
                let mut removals = Vec::new();
                while let Some(done) = jobs.next().await {
                    for removal in &done {
                        Self::note(&mut self.list, &mut self.fates, removal.clone())?;
                    }
                    removals.extend(done);
                }
                drop(jobs);
                self.remover.keep(&removals);
            }
            found = goal.look(self.account).await?;
            found.assets.retain(|asset| {
                let fate = self.fates.get(&(asset.kind, asset.id.clone())).map(|r| r.result);
                !matches!(fate, Some(Fate::Failed | Fate::Skipped))
            });
        }
        Ok(found)
    }

    fn tell(&mut self, removal: Removal) -> Result<()> {
        Self::note(&mut self.list, &mut self.fates, removal)
    }

    /// Prints a line once: a later round sees the echo of what is removed already.
    fn note(
        list: &mut List<Removal>,
        fates: &mut HashMap<(Kind, String), Removal>,
        removal: Removal,
    ) -> Result<()> {
        let key = (removal.asset.kind, removal.asset.id.clone());
        let is_new = fates.get(&key).is_none_or(|earlier| earlier.result != removal.result);
        let is_echo = removal.result == Fate::Gone && fates.contains_key(&key);
        if is_new && !is_echo {
            list.push(removal.clone())?;
            fates.insert(key, removal);
        }
        Ok(())
    }
}

/// An error that names all that is left.
fn report(fates: &HashMap<(Kind, String), Removal>, last: &Found, region: &str) -> Result<()> {
    let is_left = |fate| matches!(fate, Fate::Failed | Fate::Skipped);
    let mut left: Vec<_> = fates.values().filter(|removal| is_left(removal.result)).collect();
    left.sort_by(|a, b| (a.asset.kind, &a.asset.id).cmp(&(b.asset.kind, &b.asset.id)));
    let kept = left.iter().map(|removal| {
        let why = removal.reason.as_deref().unwrap_or("for no reason that is known");
        format!("{}: {why}", removal.asset.label())
    });
    let back = last.assets.iter().map(|asset| format!("{}: it is still listed", asset.label()));
    let reasons: Vec<_> = kept.chain(back).collect();
    if reasons.is_empty() {
        return last.is_complete();
    }
    let count = reasons.len();
    let what = match count {
        1 => format!("1 asset is left ({region})"),
        _ => format!("{count} assets are left ({region})"),
    };
    // Where nothing could be removed, the reason is the exit.
    let nothing_else = last.assets.is_empty() && last.unread.is_empty();
    let denied = nothing_else && fates.values().all(|removal| removal.denied);
    let exit = if denied { Exit::Permission } else { Exit::Partial };
    let mut error = reasons.into_iter().fold(Error::new(exit, what), Error::because);
    if let Err(unread) = last.is_complete() {
        error = error.because(unread);
    }
    Err(error.next("see to the reasons, then run the same command again"))
}
