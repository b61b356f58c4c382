//! Playing a playbook on one instance, in a directory of its own.

mod child;
mod event;
mod program;
mod story;
mod workspace;

use std::time::Instant;

use lib_common::progress::Task;
use lib_common::record::Play;
use lib_common::{Context, Error, Exit, Result};
use serde_json::{Map, Value};

pub use program::Program;
pub use story::counted;

use crate::access::Deadline;
use crate::host_key::HostKey;
use crate::playbook::Playbook;
use crate::target::Target;
use child::Child;
use story::Story;
use workspace::Workspace;

/// One play: what, where, with which variables.
pub struct Request<'a> {
    /// The program that plays it.
    pub program: &'a Program,
    /// What is played.
    pub playbook: &'a Playbook,
    /// The instance.
    pub target: &'a Target,
    /// The host keys that it may show.
    pub host_keys: &'a [HostKey],
    /// Variables that beat all others.
    pub variables: Map<String, Value>,
}

/// Plays it to its end. A signal or a passed deadline stops it.
pub async fn play(
    context: &Context,
    request: Request<'_>,
    deadline: Deadline,
    task: &Task,
) -> Result<Play> {
    let started = Instant::now();
    let workspace = Workspace::new(&request).map_err(|error| {
        Error::new(Exit::Failed, "cannot write what ansible-playbook reads").caused_by(&error)
    })?;
    task.state("starting ansible-playbook");
    let mut child = Child::start(request.program, workspace).map_err(|error| {
        Error::new(Exit::Failed, format!("cannot start {}", request.program.path().display()))
            .caused_by(&error)
    })?;
    let stopper = child.stopper();
    let ticket =
        context.undo().push("stop ansible-playbook", format!("kill {}", child.id()), async move {
            stopper.stop().await;
            Ok(())
        });
    let mut story = Story::default();
    let told = async {
        while let Some(line) = child.line().await {
            if let Some(state) = story.hear(&line) {
                task.state(&state);
            }
        }
        child.end().await
    };
    let Ok(end) = tokio::time::timeout(deadline.left(), told).await else {
        // The undo step stops it.
        return Err(story.timed_out());
    };
    context.undo().settle(ticket);
    Ok(story.outcome(&end, started.elapsed())?)
}
