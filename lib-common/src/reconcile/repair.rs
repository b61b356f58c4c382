//! `repair`: whole again in the shortest time, and proven so.

use std::time::{Duration, Instant};

use futures::future::OptionFuture;

use super::contain::Containment;
use super::staying;
use super::sweep::{HOLDS, Sweep, beyond};
use super::{Deed, Difference, Finding, Graph, Plan, Seals, apply};
use crate::progress::{Task, seconds};
use crate::wait::{Seen, Waiter};
use crate::{Context, Exit, Result, lines};

/// How long a service may take to show what was just mended. Nearly always it is seconds (EC2
/// Developer Guide, "Eventual consistency"), of a queue it can be a minute (Amazon SQS API
/// Reference, `SetQueueAttributes`); what is still wrong then is told.
const SETTLING: Duration = Duration::from_secs(90);

/// What a repair leaves.
#[derive(Debug)]
pub struct Repaired {
    /// The new baseline.
    pub seals: Seals,
    /// What is still not as it was built.
    pub left: Vec<Finding>,
}

impl Repaired {
    /// How to end: done, or failed where something is left.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self.left.is_empty() {
            true => Exit::Done,
            false => Exit::Failed,
        }
    }
}

/// Makes the architecture again what it was sealed as, and gives the new baseline; with
/// `--dry-run`, prints what that would change and gives none.
///
/// What would do the damage again is contained first: strangers, doubles, and facts that let
/// somebody in. Then the rest is mended along the graph, and everything is looked at again.
/// What it deletes or makes anew is asked for before anything is changed.
pub async fn repair(context: &Context, graph: &Graph, seals: &Seals) -> Result<Option<Repaired>> {
    let began = Instant::now();
    let mut sweep = Sweep::new(graph, seals).await;
    if let Some(taken) = sweep.survey.taken(graph) {
        return Err(taken);
    }
    let detected = began.elapsed();
    let mut plan = Plan::repairing(graph, &sweep.survey, seals);
    let containment = Containment::new(graph, &sweep, &plan);
    if context.options().dry_run {
        let first = containment.plan(graph, &mut plan).into_iter();
        let then = plan.changes().map(ToString::to_string);
        let said: Vec<_> = first.chain(then).map(|line| format!("{line}\n")).collect();
        lines::print(&said.concat())?;
        return Ok(None);
    }
    confirm(context, &plan, containment.removals(graph))?;

    let contained = containment.run(context, graph, &mut plan).await;
    let (applied, failed) =
        futures::join!(apply(context, graph, &plan), contained.finish(context, graph));
    for error in failed {
        context.progress().say(&format!("{} repair: {error}", context.tool()));
    }
    let mut new = applied?;
    for stays in staying::take_in(graph, &sweep, seals, &mut new) {
        context.progress().say(&format!("{} repair: kept as it is now: {stays}", context.tool()));
    }
    let repaired = began.elapsed();
    let is_healthy = sweep.findings.is_empty();
    let left: OptionFuture<_> = (!is_healthy).then(|| settled(graph, &new)).into();
    let left = left.await.unwrap_or_default();
    tell_what_is_new(context, graph, &sweep, &plan, seals);
    tell(context, sweep.findings.len(), &left, [detected, repaired, began.elapsed()]);
    Ok(Some(Repaired { seals: new, left }))
}

/// Asks once for everything that is going to be deleted, or kept from working.
fn confirm(context: &Context, plan: &Plan, removals: Vec<String>) -> Result<()> {
    let (replaced, removed) = (plan.replaced(), plan.removed());
    let deeds = [
        (!replaced.is_empty()).then(|| format!("delete and make anew {}", replaced.join(", "))),
        (!removed.is_empty()).then(|| format!("delete {}", removed.join(", "))),
    ];
    let asked: Vec<_> = deeds.into_iter().flatten().chain(removals).collect();
    match asked.is_empty() {
        true => Ok(()),
        false => context.confirm(&asked.join("; ")),
    }
}

/// What is still wrong, once the services had time to show what was mended. Nobody waits for
/// what only a person can mend.
async fn settled(graph: &Graph, seals: &Seals) -> Vec<Finding> {
    let last = std::sync::Mutex::new(Vec::new());
    let waiter = Waiter::new("what was mended to be seen", SETTLING)
        .every(Duration::from_millis(300), Duration::from_secs(3));
    // That the time is over is no failure: what is left then is the answer.
    let _ = waiter
        .until(&Task::silent(), || async {
            let left = Sweep::new(graph, seals).await.findings;
            let hopeless = left.iter().all(|finding| finding.mend.is_none());
            let count = left.len();
            *last.lock().expect("no panic") = left;
            Ok(match hopeless {
                true => Seen::Ready(()),
                false => Seen::Pending(format!("{count} findings left")),
            })
        })
        .await;
    last.into_inner().expect("no panic")
}

/// Says what the new baseline takes for right and the old one did not: nobody shall have to
/// compare the two.
fn tell_what_is_new(context: &Context, graph: &Graph, sweep: &Sweep, plan: &Plan, old: &Seals) {
    let known = sweep.survey.known(graph);
    for (resource, step) in graph.iter().zip(plan.steps()) {
        let (Deed::Keep(found) | Deed::Mend(found, _), Some(was)) =
            (&step.deed, old.get(resource.name()))
        else {
            continue;
        };
        let mut other = beyond(&**resource, was, found, &known);
        if was.id != found.id {
            let (expected, found) = (was.id.as_str().into(), found.id.as_str().into());
            other.push(Difference { fact: "id".to_owned(), expected, found });
        }
        for one in other {
            context.progress().say(&format!(
                "{} repair: kept as it is now: {} {}: {} is {}, was {}",
                context.tool(),
                resource.kind(),
                resource.name(),
                one.fact,
                one.found,
                one.expected
            ));
        }
    }
}

/// The last lines: what is left, and how long it all took.
fn tell(context: &Context, found: usize, left: &[Finding], times: [Duration; 3]) {
    let say = |line: &str| {
        context.progress().say(&format!("{} repair: {line}", context.tool()));
    };
    let [detected, repaired, ended] = times.map(seconds);
    for finding in left {
        let holds = finding.found.get(HOLDS).and_then(|what| what.as_str());
        let remedy = match (&finding.mend, holds) {
            (Some(call), _) => format!("{call} did not mend it"),
            (None, Some(what)) => format!("it holds {what}: only a person can mend it"),
            (None, None) => "only a person can mend it".to_owned(),
        };
        say(&format!("left: {finding}: {remedy}"));
    }
    let many = |count: usize| match count {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    match (found, left.len()) {
        (0, _) => say(&format!("nothing to repair, healthy after {ended}")),
        (found, 0) => say(&format!(
            "{} in {detected}, repaired in {repaired}, healthy after {ended}",
            many(found)
        )),
        (found, left) => {
            say(&format!("{} in {detected}, {} left after {ended}", many(found), many(left)));
        }
    }
}
