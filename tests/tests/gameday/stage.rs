//! The one GameDay that a cloud can have at a time, by its default names.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// A whole run under load takes two minutes on two quiet cores.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

static ALONE: Mutex<()> = Mutex::new(());

pub struct Stage {
    pub lab: Lab,
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    pub fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { lab: Lab::new(), _alone: alone }
    }

    /// A recipe.
    pub fn just(&self, recipe: &str) -> Tool {
        self.lab.just(recipe).patience(PATIENCE)
    }

    /// What the recipes kept in a file.
    pub fn kept(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.lab.out().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The record that `just gameday` kept.
    pub fn record(&self) -> Value {
        serde_json::from_slice(&self.kept("gameday.json")).expect("a record is JSON")
    }

    /// Something that boto3 reads; see `world.py`.
    pub fn world(&self, arguments: &[&str]) -> Value {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/gameday/world.py");
        self.lab
            .program("/bin/sh")
            .args(["-c", "exec python \"$0\" \"$@\"", script])
            .args(arguments)
            .run()
            .exits(0)
            .json()
    }

    /// Asserts that boto3 finds nothing that a GameDay makes.
    pub fn nothing_is_left(&self) {
        assert_eq!(self.world(&["left"]), json!([]));
    }
}
