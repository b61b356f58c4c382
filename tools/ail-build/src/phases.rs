//! The phases of a build as progress: a line each that has ended, and the one it is in.

use std::cell::Cell;

use lib_common::Context;
use lib_common::progress::Task;

use crate::build::{Build, Phase};

/// What of a build was shown.
#[derive(Debug, Default)]
pub struct Shown(Cell<usize>);

impl Shown {
    /// Shows what is new since the last look.
    pub fn update(&self, context: &Context, task: &Task, build: &Build) {
        let ended = |phase: &&Phase| phase.status.is_some() && phase.seconds.is_some();
        for phase in build.phases.iter().filter(ended).skip(self.0.get()) {
            self.0.set(self.0.get() + 1);
            let (status, seconds) = (phase.status.as_deref(), phase.seconds.unwrap_or_default());
            let status = status.unwrap_or_default().to_lowercase().replace('_', " ");
            context.progress().say(&format!("{}: {status} after {seconds} s", phase.name));
        }
        if !build.has_ended() {
            task.state(build.phase());
        }
    }
}
