//! Before anything is mended: what would do the damage again, or lets somebody in.

use std::collections::BTreeMap;

use futures::future::join_all;
use futures::stream::{self, StreamExt};

use super::remove::{is_held, until_let_go};
use super::sweep::{HOLDS, Sweep, names_what_is_missing};
use super::{Call, Deed, Difference, Fate, Found, Graph, Known, Plan, Resource, Sight};
use crate::progress::Task;
use crate::{Context, Error, Result};

/// How many strangers are removed at once: EC2 lets bursts of 50 mutations pass.
const AT_ONCE: usize = 32;

/// Something to be removed because nobody planned it.
#[derive(Clone, Debug)]
struct Extra {
    place: usize,
    found: Found,
    /// Whether it answers to the tags or the name of the resource, and is not beside it.
    is_double: bool,
}

/// A wrong fact that lets somebody in.
#[derive(Clone, Debug)]
struct Danger {
    place: usize,
    found: Found,
    differences: Vec<Difference>,
}

/// What is to be contained.
pub(super) struct Containment {
    extras: Vec<Extra>,
    dangers: Vec<Danger>,
    known: Known,
}

/// What was contained, and what is held by something that is still to be mended.
pub(super) struct Contained {
    held: Vec<Extra>,
    known: Known,
    failed: Vec<Error>,
}

impl Containment {
    /// What of the sweep can be contained by a call.
    pub(super) fn new(graph: &Graph, sweep: &Sweep, plan: &Plan) -> Self {
        let known = sweep.survey.known(graph);
        let mut it = Self { extras: Vec::new(), dangers: Vec::new(), known };
        for (place, (sight, strangers)) in sweep.survey.iter().zip(&sweep.strangers).enumerate() {
            let resource = &**graph.resource(place);
            if let Sight::There { doubles, .. } = sight
                && !graph.is_unwanted(place)
                && resource.call(&Call::Delete).is_some()
            {
                let empty = doubles.iter().filter(|double| !double.facts.contains_key(HOLDS));
                it.extend(place, empty, true);
            }
            let removable = |found: &&Found| resource.call(&Call::Remove(found)).is_some();
            it.extend(place, strangers.found.iter().filter(removable), false);
            if let Deed::Mend(found, wrong) = &plan.steps[place].deed {
                let differences = dangerous(resource, wrong);
                if !differences.is_empty() {
                    it.dangers.push(Danger { place, found: found.clone(), differences });
                }
            }
        }
        it
    }

    fn extend<'a>(&mut self, place: usize, found: impl Iterator<Item = &'a Found>, double: bool) {
        let extra = |found: &Found| Extra { place, found: found.clone(), is_double: double };
        self.extras.extend(found.map(extra));
    }

    /// What it is about to remove, for whoever is asked: a text a deed.
    pub(super) fn removals(&self, graph: &Graph) -> Vec<String> {
        let mut deeds: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for extra in &self.extras {
            deeds.entry(extra.fate(graph).deed).or_default().push(extra.said(graph));
        }
        deeds.into_iter().map(|(deed, all)| format!("{deed} {}", all.join(", "))).collect()
    }

    /// As a dry run says it; takes what it contains out of the plan, which would say it again.
    pub(super) fn plan(self, graph: &Graph, plan: &mut Plan) -> Vec<String> {
        let dangers = self.dangers.iter().map(|danger| {
            let resource = graph.resource(danger.place);
            let facts: Vec<_> = danger.differences.iter().map(|one| one.fact.as_str()).collect();
            let (kind, name, facts) = (resource.kind(), resource.name(), facts.join(", "));
            format!("would first mend {facts} of {kind} {name} ({})", danger.found.id)
        });
        let extras = self
            .extras
            .iter()
            .map(|extra| format!("would {} {}", extra.fate(graph).deed, extra.said(graph)));
        let said = dangers.chain(extras).collect();
        for danger in self.dangers {
            danger.note(plan);
        }
        said
    }

    /// Makes the calls, and notes in the plan what is mended by that.
    pub(super) async fn run(self, context: &Context, graph: &Graph, plan: &mut Plan) -> Contained {
        let Self { extras, dangers, known } = self;
        // First what of ours lets somebody in: it may also be what holds a stranger.
        let mended = join_all(dangers.into_iter().map(|danger| {
            let known = &known;
            async move { danger.mend(context, graph, known).await }
        }));
        let mended = mended.await;
        let removing = stream::iter(extras).map(|extra| {
            let known = &known;
            async move {
                let asked = extra.remove(context, graph, known).await;
                (extra, asked)
            }
        });
        let removed = removing.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        for danger in mended.into_iter().flatten() {
            danger.note(plan);
        }
        let mut contained = Contained { held: Vec::new(), known, failed: Vec::new() };
        for (extra, asked) in removed {
            match asked {
                Ok(()) => extra.keep(context, graph),
                Err(error) if is_held(&error) => contained.held.push(extra),
                Err(error) => contained.failed.push(error),
            }
        }
        contained
    }
}

impl Contained {
    /// Removes what was held, as soon as it is let go, and gives what could not be removed.
    pub(super) async fn finish(self, context: &Context, graph: &Graph) -> Vec<Error> {
        let Self { held, known, mut failed } = self;
        let ends = join_all(held.iter().map(|extra| async {
            let task = context.progress().task(graph.resource(extra.place).name());
            task.state(&format!("deleting {}", extra.found.id));
            extra.until_removed(context, graph, &known, &task).await?;
            extra.keep(context, graph);
            task.done(&format!("{} deleted", extra.found.id));
            Ok(())
        }));
        failed.extend(ends.await.into_iter().filter_map(Result::err));
        failed
    }
}

impl Extra {
    /// `network acl acl-1, in vpc vpc`
    fn said(&self, graph: &Graph) -> String {
        let resource = graph.resource(self.place);
        let (kind, name, id) = (resource.kind(), resource.name(), &self.found.id);
        match self.found.facts.get("kind").and_then(serde_json::Value::as_str) {
            _ if self.is_double => format!("the second {kind} {name} ({id})"),
            Some(stranger) => format!("the unplanned {stranger} {id} of {kind} {name}"),
            None => format!("the unplanned {id} of {kind} {name}"),
        }
    }

    fn fate(&self, graph: &Graph) -> Fate {
        match self.is_double {
            true => Fate::deleted(),
            false => graph.resource(self.place).fate(&self.found),
        }
    }

    /// Notes that it is done, and says how to take it back, where that can be.
    fn keep(&self, context: &Context, graph: &Graph) {
        let Fate { done, back, .. } = self.fate(graph);
        let done = format!("{} is {done}", self.said(graph));
        if let Some(back) = back {
            let tool = context.tool();
            context.progress().say(&format!("{tool} repair: {done}; to take that back: {back}"));
        }
        context.undo().keep(done);
    }

    /// Asks once.
    async fn remove(&self, context: &Context, graph: &Graph, known: &Known) -> Result<()> {
        match context.undo().finish(self.ask(graph, known)).await {
            Err(error) if error.is_not_found() => Ok(()),
            asked => asked,
        }
    }

    async fn until_removed(
        &self,
        context: &Context,
        graph: &Graph,
        known: &Known,
        task: &Task,
    ) -> Result<()> {
        let (what, in_full) = (&self.found.id, self.said(graph));
        until_let_go(context, what, &in_full, task, || self.ask(graph, known)).await
    }

    fn ask(
        &self,
        graph: &Graph,
        known: &Known,
    ) -> impl Future<Output = Result<()>> + Send + 'static {
        let (resource, it) = (graph.resource(self.place).clone(), self.clone());
        let known = known.clone();
        async move {
            match it.is_double {
                true => resource.delete_double(&it.found).await,
                false => resource.remove_stranger(&it.found, &known).await,
            }
        }
    }
}

impl Danger {
    /// Gives what was mended. What could not be is met again by the rest of the repair, which
    /// tells why.
    async fn mend(self, context: &Context, graph: &Graph, known: &Known) -> Option<Self> {
        let (resource, it, known) =
            (graph.resource(self.place).clone(), self.clone(), known.clone());
        let deed = async move { resource.mend(&it.found, &it.differences, &known).await };
        context.undo().finish(deed).await.ok()?;
        let resource = graph.resource(self.place);
        let facts: Vec<_> = self.differences.iter().map(|one| one.fact.as_str()).collect();
        let (kind, name, facts) = (resource.kind(), resource.name(), facts.join(", "));
        context.undo().keep(format!("{facts} of {kind} {name} is mended"));
        Some(self)
    }

    /// What is mended is no step of the plan any more.
    fn note(self, plan: &mut Plan) {
        if let Deed::Mend(found, wrong) = &mut plan.steps[self.place].deed {
            let mended = self.differences.into_iter();
            found.facts.extend(mended.map(|one| (one.fact, one.expected)));
            let facts = found.facts.clone();
            wrong.retain(|one| facts.get(&one.fact) != Some(&one.expected));
        }
    }
}

/// The differences that let somebody in, and that can be mended while nothing else is.
fn dangerous(resource: &dyn Resource, wrong: &[Difference]) -> Vec<Difference> {
    let ripe =
        |one: &&Difference| resource.is_dangerous(one) && !names_what_is_missing(&one.expected);
    wrong.iter().filter(ripe).cloned().collect()
}
