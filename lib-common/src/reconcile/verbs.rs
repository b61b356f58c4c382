//! The verbs that every tool with an architecture has.

use futures::future::join_all;
use schemars::JsonSchema;
use serde::Serialize;

use super::staying;
use super::sweep::Sweep;
use super::{Deed, Difference, Finding, Graph, Plan, Seals, Sight, Survey, apply, remove, survey};
use crate::lines::{self, List, Row};
use crate::{Context, Exit, Outcome, Result};

/// Makes everything what it shall be, and gives the seals of it; with `--dry-run`, prints
/// what that would change and gives none.
pub async fn up(context: &Context, graph: &Graph, seals: &Seals) -> Result<Option<Seals>> {
    let mut seen = survey(graph, seals).await;
    if let Some(taken) = seen.taken(graph) {
        return Err(taken);
    }
    let plan = Plan::new(graph, &seen);
    if context.options().dry_run {
        let said: Vec<_> = plan.steps().map(|step| format!("{step}\n")).collect();
        lines::print(&said.concat())?;
        return Ok(None);
    }
    let asked: Vec<_> = [("delete and make anew", plan.replaced()), ("delete", plan.removed())]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(deed, names)| format!("{deed} {}", names.join(", ")))
        .collect();
    if !asked.is_empty() {
        context.confirm(&asked.join("; "))?;
    }
    let mut new = apply(context, graph, &plan).await?;
    staying::keep(seals, &mut new);
    Ok(Some(new))
}

/// Prints a line a resource: whether it is there and as it shall be.
pub async fn status(context: &Context, graph: &Graph, seals: &Seals) -> Result<Outcome> {
    let plan = Plan::new(graph, &survey(graph, seals).await);
    let mut list = List::new(context.format());
    for step in plan.steps() {
        let (id, state, differences) = match &step.deed {
            Deed::Keep(found) => (Some(&found.id), State::Present, Vec::new()),
            Deed::Create => (None, State::Missing, Vec::new()),
            Deed::Mend(found, differences) => {
                (Some(&found.id), State::Changed, differences.clone())
            }
            Deed::Replace { old, differences, .. } => {
                (Some(&old.id), State::Changed, differences.clone())
            }
            Deed::Remove(these) => {
                (these.first().map(|found| &found.id), State::Unwanted, Vec::new())
            }
            Deed::Leave => continue,
            Deed::Unknown(_) => (None, State::Unreadable, Vec::new()),
        };
        list.push(Status {
            name: step.name.clone(),
            kind: step.kind.to_owned(),
            id: id.cloned(),
            state,
            differences,
        })?;
    }
    list.finish()?;
    Ok(Outcome::printed())
}

/// Everything that is not as it was built, the worst first.
pub async fn findings(graph: &Graph, seals: &Seals) -> Vec<Finding> {
    Sweep::new(graph, seals).await.findings
}

/// Prints a line a finding. A healthy architecture has none, and ends with 0.
pub async fn verify(context: &Context, graph: &Graph, seals: &Seals) -> Result<Outcome> {
    let findings = findings(graph, seals).await;
    let healthy = findings.is_empty();
    let mut list: List<Finding> = List::new(context.format());
    for finding in findings {
        list.push(finding)?;
    }
    list.finish()?;
    match healthy {
        true => Ok(Outcome::printed()),
        false => Ok(Outcome::printed().with_code(Exit::Failed.code())),
    }
}

/// Deletes everything, after asking; with `--dry-run`, prints what it would delete.
pub async fn down(context: &Context, graph: &Graph, seals: &Seals) -> Result<Outcome> {
    let seen = survey(graph, seals).await;
    let there = what_goes(graph, &seen).await;
    if context.options().dry_run {
        let said: Vec<_> = there.iter().rev().map(|it| format!("would delete {it}\n")).collect();
        lines::print(&said.concat())?;
        return Ok(Outcome::printed());
    }
    if !there.is_empty() {
        context.confirm(&format!("delete {}", there.join(", ")))?;
    }
    remove(context, graph, seen).await?;
    Ok(Outcome::printed())
}

/// All that was seen, doubles too, each with what it holds: that goes with it.
async fn what_goes(graph: &Graph, seen: &Survey) -> Vec<String> {
    let those = graph.iter().zip(seen.iter()).flat_map(|(resource, sight)| match sight {
        Sight::There { found, doubles } => {
            let second = doubles.iter().map(|double| ("the second ", double));
            let all = std::iter::once(("", found)).chain(second);
            all.map(|(which, found)| (resource, which, found)).collect()
        }
        _ => Vec::new(),
    });
    let said = those.map(|(resource, which, found)| async move {
        let with = match resource.holds(found).await {
            Ok(None) => String::new(),
            Ok(Some(what)) => format!(" with {what}"),
            Err(error) => format!(" with nobody knows what: {}", error.summary()),
        };
        format!("{which}{} {} ({}){with}", resource.kind(), resource.name(), found.id)
    });
    join_all(said).await
}

/// One resource as `status` tells it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Status {
    /// Its name in the architecture.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// The service's id of it, where it is there.
    pub id: Option<String>,
    /// Whether it is there and as it shall be.
    pub state: State,
    /// The facts that are not as they shall be.
    pub differences: Vec<Difference>,
}

/// Whether a resource is there and as it shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There, and as it shall be.
    Present,
    /// There, and different.
    Changed,
    /// Not there.
    Missing,
    /// There, and it shall not be: an earlier choice of the settings made it.
    Unwanted,
    /// It could not be read.
    Unreadable,
}

impl Row for Status {
    const HEADS: &'static [&'static str] = &["KIND", "NAME", "ID", "STATE", "DIFFERS IN"];

    fn cells(&self) -> Vec<String> {
        let state = match self.state {
            State::Present => "present",
            State::Changed => "changed",
            State::Missing => "missing",
            State::Unwanted => "unwanted",
            State::Unreadable => "unreadable",
        };
        let facts: Vec<_> = self.differences.iter().map(|one| one.fact.as_str()).collect();
        vec![
            self.kind.clone(),
            self.name.clone(),
            self.id.clone().unwrap_or_default(),
            state.to_owned(),
            facts.join(", "),
        ]
    }
}
