//! Making the account what the plan says.

use std::sync::Mutex;

use super::compare::differences;
use super::remove::{Removal, take_away};
use super::walk::{Ended, walk};
use super::{Deed, Difference, Found, Graph, Known, Plan, Resource, Sealed, Seals};
use crate::progress::Task;
use crate::{Context, Error, Exit, Result};

/// What became of a resource of which a fact was wrong.
const MENDED: &str = "mended";
/// What became of a resource that was not there.
const CREATED: &str = "created";
/// What became of a resource that is as it shall be.
const UNCHANGED: &str = "unchanged";

/// Makes the calls of the plan, in parallel along the graph, and gives what there is then.
///
/// A failure stops only what stands on it. All failures are in the error, and what was
/// done is kept: the same command goes on from there.
pub async fn apply(context: &Context, graph: &Graph, plan: &Plan) -> Result<Seals> {
    let first = removals(graph, plan, false);
    failures(take_away(context, graph, &first).await)?;

    let known = Mutex::new(Known::default());
    let begun: Vec<_> = graph.iter().map(|_| Mutex::new(None)).collect();
    // A place to begin each resource at, and behind all those one to end it at.
    let ended = walk(&waits(graph), |place| {
        let (known, begun, is_end) = (&known, &begun, place >= graph.len());
        let place = place % graph.len();
        async move {
            let resource = graph.resource(place);
            if matches!(plan.steps[place].deed, Deed::Remove(_) | Deed::Leave) {
                return Ok(None);
            }
            if !is_end {
                let so_far = known.lock().expect("no panic").clone();
                let it = begin(context, &**resource, place, graph, plan, &so_far).await?;
                if resource.stands_bare() {
                    known.lock().expect("no panic").insert(resource.name(), it.found.clone());
                }
                *begun[place].lock().expect("no panic") = Some(it);
                return Ok(None);
            }
            let it = begun[place].lock().expect("no panic").take().expect("it was begun");
            let found = end(context, graph, place, plan, it).await?;
            known.lock().expect("no panic").insert(resource.name(), found.clone());
            Ok(Some(found))
        }
    })
    .await;
    let ended = one_of_two(ended);
    let found = failures(ended)?;

    let last = removals(graph, plan, true);
    failures(take_away(context, graph, &last).await)?;
    let sealed = graph.iter().zip(found).filter_map(|(resource, found)| {
        found.map(|found| Sealed {
            name: resource.name().to_owned(),
            kind: resource.kind().to_owned(),
            id: found.id,
            facts: found.facts,
            strangers: Vec::new(),
        })
    });
    Ok(Seals(sealed.collect()))
}

/// What is deleted for being replaced or unwanted, before the new ones are made or after.
fn removals(graph: &Graph, plan: &Plan, after: bool) -> Vec<Removal> {
    let mut first = Vec::with_capacity(graph.len());
    let of = |place: usize| {
        let deed = &plan.steps[place].deed;
        let on_what_goes = graph.needs(place).iter().any(|need| first[*need]);
        first.push(match deed {
            Deed::Replace { coexists, .. } => !coexists,
            // Nothing can be deleted while something unwanted still stands on it.
            Deed::Remove(_) => on_what_goes,
            _ => false,
        });
        Removal::These(match deed {
            Deed::Replace { old, .. } if first[place] != after => vec![old.clone()],
            Deed::Remove(these) if first[place] != after => these.clone(),
            _ => Vec::new(),
        })
    };
    (0..graph.len()).map(of).collect()
}

/// What each place waits for: the beginnings of all resources, then their ends.
fn waits(graph: &Graph) -> Vec<Vec<usize>> {
    let count = graph.len();
    let ripe = |need: &usize| match graph.resource(*need).stands_bare() {
        true => *need,
        false => count + need,
    };
    let beginnings = (0..count).map(|place| graph.needs(place).iter().map(ripe).collect());
    beginnings.chain((0..count).map(|place| vec![place])).collect()
}

/// How each resource ended: as its beginning did, where that was not done.
fn one_of_two<T, E>(mut ended: Vec<Ended<T, E>>) -> Vec<Ended<T, E>> {
    let ends = ended.split_off(ended.len() / 2);
    let of = |(beginning, end)| match beginning {
        Ended::Done(_) => end,
        failed => failed,
    };
    ended.into_iter().zip(ends).map(of).collect()
}

/// A resource that is there, and what is still wrong about it.
struct Begun {
    found: Found,
    wrong: Vec<Difference>,
    known: Known,
    task: Task,
    word: &'static str,
}

/// Makes the resource, where the plan says so.
async fn begin(
    context: &Context,
    resource: &dyn Resource,
    place: usize,
    graph: &Graph,
    plan: &Plan,
    known: &Known,
) -> Result<Begun> {
    let task = context.progress().task(resource.name());
    let (found, word) = match &plan.steps[place].deed {
        Deed::Keep(found) => (found.clone(), UNCHANGED),
        Deed::Mend(found, _) => (found.clone(), MENDED),
        Deed::Create | Deed::Replace { .. } => {
            (create(context, graph, place, known, &task).await?, CREATED)
        }
        Deed::Remove(_) | Deed::Leave => unreachable!("nothing is built of it"),
        Deed::Unknown(why) => {
            return Err(Error::new(
                Exit::Permission,
                format!("cannot read {} {}", resource.kind(), resource.name()),
            )
            .because(why));
        }
    };
    let known = with(known, resource, &found);
    let wrong = match &plan.steps[place].deed {
        Deed::Keep(_) => Vec::new(),
        _ => differences(&resource.wish(&known), &found.facts),
    };
    if word == CREATED
        && let Some(fixed) = wrong.iter().find(|difference| !resource.mends(&difference.fact))
    {
        return Err(Error::new(
            Exit::Failed,
            format!("{} {} was made otherwise than asked", resource.kind(), resource.name()),
        )
        .because(format!("{} is {}, asked for {}", fixed.fact, fixed.found, fixed.expected)));
    }
    Ok(Begun { found, wrong, known, task, word })
}

/// Mends what is wrong about the resource, and waits until others can stand on it.
async fn end(
    context: &Context,
    graph: &Graph,
    place: usize,
    plan: &Plan,
    it: Begun,
) -> Result<Found> {
    let resource = graph.resource(place);
    let found = mend(context, graph, place, it.found, &it.wrong, &it.known, &it.task).await?;
    if it.word == MENDED {
        context.undo().keep(format!("{} {} is mended", resource.kind(), resource.name()));
    }
    let found = resource.ready(found, &it.task).await?;
    if it.word != UNCHANGED || plan.tells_what_stays {
        it.task.done(&format!("{} {}", found.id, it.word));
    }
    Ok(found)
}

async fn create(
    context: &Context,
    graph: &Graph,
    place: usize,
    known: &Known,
    task: &Task,
) -> Result<Found> {
    let resource = graph.resource(place);
    task.state("creating");
    let (maker, needs, undo) = (resource.clone(), known.clone(), context.undo().clone());
    let deed = async move {
        let made = maker.create(&needs).await?;
        // Within the deed: an interruption, too, tells of what was made meanwhile.
        undo.keep(format!("{} {} is made: {}", maker.kind(), maker.name(), made.id));
        Ok::<_, Error>(made)
    };
    let made = context.undo().finish(deed).await?;
    // Said before it is waited for: whoever ends this run now knows of it.
    task.state(&format!("{} created", made.id));
    Ok(made)
}

/// What is known, and the resource itself: its wish may speak of its own id.
fn with(known: &Known, resource: &dyn Resource, found: &Found) -> Known {
    let mut known = known.clone();
    known.insert(resource.name(), found.clone());
    known
}

/// Mends what differs, and gives the resource as it is then.
async fn mend(
    context: &Context,
    graph: &Graph,
    place: usize,
    mut found: Found,
    wrong: &[Difference],
    known: &Known,
    task: &Task,
) -> Result<Found> {
    if wrong.is_empty() {
        return Ok(found);
    }
    let names: Vec<_> = wrong.iter().map(|difference| difference.fact.as_str()).collect();
    task.state(&format!("setting {}", names.join(", ")));
    let (mender, it, facts, needs) =
        (graph.resource(place).clone(), found.clone(), wrong.to_vec(), known.clone());
    context.undo().finish(async move { mender.mend(&it, &facts, &needs).await }).await?;
    found.facts.extend(wrong.iter().map(|d| (d.fact.clone(), d.expected.clone())));
    Ok(found)
}

/// The results, or all failures as one: the first leads.
pub(super) fn failures<T>(ended: Vec<Ended<T, Error>>) -> Result<Vec<T>> {
    let mut done = Vec::new();
    let mut failed = Vec::new();
    let mut skipped = 0;
    for end in ended {
        match end {
            Ended::Done(value) => done.push(value),
            Ended::Failed(error) => failed.push(error),
            Ended::Skipped => skipped += 1,
        }
    }
    let mut failed = failed.into_iter();
    let Some(first) = failed.next() else {
        return Ok(done);
    };
    let error = failed.fold(first, |all, error| all.because(format!("also: {error}")));
    let error = match skipped {
        0 => error,
        1 => error.because("1 resource that stands on it was not looked after"),
        n => error.because(format!("{n} resources that stand on it were not looked after")),
    };
    Err(error.next_or(|| {
        "mend the cause, then run the same command again: it goes on from here".to_owned()
    }))
}
