//! What this run made, which not every part of the services knows at once.

use std::collections::BTreeSet;
use std::sync::Mutex;

use lib_common::Result;
use lib_common::consistency::once_known;

/// The parts, by their names in the architecture.
#[derive(Default)]
pub struct Made(Mutex<BTreeSet<&'static str>>);

impl Made {
    /// Notes that this run made it.
    pub fn note(&self, part: &'static str) {
        self.0.lock().expect("no panic").insert(part);
    }

    /// Whether this run made one of them.
    pub fn any(&self, parts: &[&str]) -> bool {
        let made = self.0.lock().expect("no panic");
        parts.iter().any(|part| made.contains(part))
    }

    /// Makes a call that names these parts; again for a while, if this run made one of them. Of
    /// those that were there before, what is not found is gone, and nobody waits for it.
    pub async fn once_known<T, F>(&self, parts: &[&str], call: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        match self.any(parts) {
            true => once_known(call).await,
            false => call().await,
        }
    }
}
