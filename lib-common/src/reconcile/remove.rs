//! Taking an architecture down.

use std::sync::Mutex;
use std::time::Duration;

use super::apply::failures;
use super::walk::{Ended, walk};
use super::{Found, Graph, Sight, Survey};
use crate::progress::Task;
use crate::wait::{Seen, Waiter};
use crate::{Context, Error, Result};

/// How long something may be held by what was just deleted: network interfaces of
/// terminated instances and deleted gateways go up to a minute after them.
const RELEASE: Duration = Duration::from_secs(120);

/// What services answer about something that something else still holds.
const HELD: [&str; 7] = [
    "DependencyViolation",
    "DeleteConflict",
    "InvalidGroup.InUse",
    "InvalidIPAddress.InUse",
    "InvalidNetworkInterface.InUse",
    "ResourceInUse",
    "ScalingActivityInProgress",
];

/// What is to be deleted at one place of the graph.
pub(super) enum Removal {
    /// These, or nothing.
    These(Vec<Found>),
    /// Nobody knows, so what it stands on stays as well.
    Unreadable(Mutex<Option<Error>>),
}

/// Deletes everything that was seen, each after all that stands on it. A failure stops
/// only the deletion of what it stands on.
pub async fn remove(context: &Context, graph: &Graph, survey: Survey) -> Result<()> {
    let removal = |sight| match sight {
        Sight::There { found, doubles } => {
            Removal::These(std::iter::once(found).chain(doubles).collect())
        }
        Sight::Missing => Removal::These(Vec::new()),
        // It is not ours to delete.
        taken if taken.is_taken() => Removal::These(Vec::new()),
        Sight::Unreadable(error) => Removal::Unreadable(Mutex::new(Some(error))),
    };
    let removals: Vec<_> = survey.sights.into_iter().map(removal).collect();
    failures(take_away(context, graph, &removals).await).map(drop)
}

/// Deletes what there is at each place, each place after those that stand on it.
pub(super) async fn take_away(
    context: &Context,
    graph: &Graph,
    removals: &[Removal],
) -> Vec<Ended<(), Error>> {
    walk(&graph.downwards(), |place| async move {
        let resource = graph.resource(place);
        let these = match &removals[place] {
            Removal::These(these) => these,
            Removal::Unreadable(error) => {
                let error = error.lock().expect("no panic").take().expect("each place once");
                let what = format!("cannot read {} {}", resource.kind(), resource.name());
                return Err(error.context(what));
            }
        };
        for found in these {
            let task = context.progress().task(resource.name());
            task.state(&format!("deleting {}", found.id));
            delete(context, graph, place, found, &task).await?;
            resource.gone(found, &task).await?;
            let deleted =
                format!("{} {} is deleted: {}", resource.kind(), resource.name(), found.id);
            context.undo().keep(deleted);
            task.done(&format!("{} deleted", found.id));
        }
        Ok(())
    })
    .await
}

/// Asks for the deletion until nothing holds it any more.
async fn delete(
    context: &Context,
    graph: &Graph,
    place: usize,
    found: &Found,
    task: &Task,
) -> Result<()> {
    let resource = graph.resource(place);
    let what = format!("{} {}", resource.kind(), found.id);
    let ask = || {
        let (deleter, it) = (resource.clone(), found.clone());
        async move { deleter.delete(&it).await }
    };
    until_let_go(context, &what, &format!("{what} ({})", resource.name()), task, ask).await
}

/// Whether the error says that something else still holds it.
pub(super) fn is_held(error: &Error) -> bool {
    error.code().is_some_and(|code| HELD.contains(&code))
}

/// Asks for the end of something until nothing holds it any more. That it is gone already
/// is success.
pub(super) async fn until_let_go<F>(
    context: &Context,
    what: &str,
    in_full: &str,
    task: &Task,
    ask: impl Fn() -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let last = Mutex::new(None);
    let ended = Waiter::new(format!("{what} to be let go"), RELEASE.min(context.timeout(RELEASE)))
        .until(task, || async {
            match context.undo().finish(ask()).await {
                Ok(()) => Ok(Seen::Ready(())),
                Err(error) if is_held(&error) => {
                    let state = error.summary();
                    *last.lock().expect("no panic") = Some(error);
                    Ok(Seen::Pending(state))
                }
                Err(error) if error.is_not_found() => Ok(Seen::Ready(())),
                Err(error) => Err(error),
            }
        })
        .await;
    match (ended, last.into_inner().expect("no panic")) {
        (Err(error), Some(held)) if error.exit() == crate::Exit::TimedOut => Err(held
            .context(format!("cannot delete {in_full}"))
            .next("something else uses it: remove that first, then run the same command again")),
        (ended, _) => ended,
    }
}
