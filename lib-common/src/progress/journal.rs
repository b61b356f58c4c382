//! Progress as lines, where there is no terminal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::stderr;

/// CI systems end a job after some minutes of silence.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// The lines of all tasks of this process.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    said: Instant,
    next: u64,
    live: Vec<Live>,
}

#[derive(Debug)]
struct Live {
    number: u64,
    what: String,
    state: String,
    percent: u64,
}

/// One task in the journal; dropping it ends the task.
#[derive(Debug)]
pub(super) struct Entry {
    journal: Journal,
    number: u64,
}

impl Default for Inner {
    fn default() -> Self {
        Self { said: Instant::now(), next: 0, live: Vec::new() }
    }
}

impl Journal {
    pub(super) fn begin(&self, what: String) -> Entry {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        inner.live.push(Live { number, what, state: String::new(), percent: 0 });
        Entry { journal: self.clone(), number }
    }

    pub(super) fn say(&self, line: &str) {
        self.lock().say(line);
    }

    pub(super) fn heartbeat(&self) {
        let mut inner = self.lock();
        if inner.said.elapsed() < HEARTBEAT {
            return;
        }
        let lines: Vec<_> =
            inner.live.iter().map(|l| format!("{}: still {}", l.what, l.state)).collect();
        for line in lines {
            inner.say(&line);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn say(&mut self, line: &str) {
        stderr::say(line);
        self.said = Instant::now();
    }
}

impl Entry {
    /// Says a state that differs in more than its figures from the last one.
    pub(super) fn state(&self, state: &str) {
        self.update(|live| {
            let changed = without_figures(&live.state) != without_figures(state);
            live.state = state.to_owned();
            changed.then(|| format!("{}: {state}", live.what))
        });
    }

    /// Says each quarter.
    pub(super) fn percent(&self, percent: u64) {
        self.update(|live| {
            let changed = percent / 25 != live.percent / 25;
            live.percent = percent;
            live.state = format!("at {percent} %");
            changed.then(|| format!("{}: {percent} %", live.what))
        });
    }

    fn update(&self, change: impl FnOnce(&mut Live) -> Option<String>) {
        let mut inner = self.journal.lock();
        let line = inner.live.iter_mut().find(|l| l.number == self.number).and_then(change);
        if let Some(line) = line {
            inner.say(&line);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.journal.lock().live.retain(|l| l.number != self.number);
    }
}

/// A state without its trailing percentage: `converting 43 %` is `converting`.
fn without_figures(state: &str) -> &str {
    state.trim_end_matches(|c: char| c.is_ascii_digit() || " %.,".contains(c))
}

#[cfg(test)]
mod tests {
    use super::without_figures;

    #[test]
    fn a_percentage_is_not_a_change_of_state() {
        assert_eq!(without_figures("converting 43 %"), without_figures("converting 7 %"));
        assert_ne!(without_figures("converting 43 %"), without_figures("updating 43 %"));
    }
}
