//! What a person sees on stderr while a tool works.
//!
//! On a terminal a line a task, redrawn in place. Elsewhere a line a change of state,
//! and a heartbeat a minute, so that CI neither drowns in output nor takes silence for
//! death.

mod journal;

use std::io::IsTerminal;
use std::time::Duration;

use console::style;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use journal::{Entry, Journal};

/// Where progress goes.
#[derive(Clone, Debug)]
pub struct Progress(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Terminal(MultiProgress),
    Lines(Journal),
    Silent,
}

impl Progress {
    /// Progress for this process; `quiet` shows none.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self(match quiet {
            true => Kind::Silent,
            false if std::io::stderr().is_terminal() => Kind::Terminal(MultiProgress::new()),
            false => Kind::Lines(Journal::default()),
        })
    }

    /// Begins a task: `what` is a short name such as `ami-1`.
    #[must_use]
    pub fn task(&self, what: impl Into<String>) -> Task {
        let what = what.into();
        let shown = match &self.0 {
            Kind::Terminal(bars) => {
                let bar = bars.add(ProgressBar::new_spinner());
                bar.set_style(spinner());
                bar.set_prefix(what);
                bar.enable_steady_tick(Duration::from_millis(120));
                Shown::Bar(bar)
            }
            Kind::Lines(journal) => Shown::Lines(journal.begin(what)),
            Kind::Silent => Shown::Nothing,
        };
        Task(shown)
    }

    /// Says one line, above the running tasks.
    pub fn say(&self, line: &str) {
        match &self.0 {
            Kind::Terminal(bars) => {
                // Only a stderr that is gone fails here, and nobody is left to be told.
                let _ = bars.println(line);
            }
            Kind::Lines(journal) => journal.say(line),
            Kind::Silent => {}
        }
    }

    /// Says what is still under way, if nothing was said for a minute.
    pub(crate) fn heartbeat(&self) {
        if let Kind::Lines(journal) = &self.0 {
            journal.heartbeat();
        }
    }
}

/// One thing under way. Dropping it ends its line.
#[derive(Debug)]
pub struct Task(Shown);

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    Lines(Entry),
    Nothing,
}

impl Task {
    /// A task that nobody sees.
    #[must_use]
    pub fn silent() -> Self {
        Self(Shown::Nothing)
    }

    /// Shows the state; the same state again shows nothing new.
    pub fn state(&self, state: &str) {
        match &self.0 {
            Shown::Bar(bar) => bar.set_message(state.to_owned()),
            Shown::Lines(entry) => entry.state(state),
            Shown::Nothing => {}
        }
    }

    /// Shows how much is done, in bytes of a known total.
    pub fn bytes(&self, done: u64, total: u64) {
        match &self.0 {
            Shown::Bar(bar) => {
                bar.set_style(byte_bar());
                bar.set_length(total);
                bar.set_position(done);
            }
            Shown::Lines(entry) => entry.percent(done.saturating_mul(100) / total.max(1)),
            Shown::Nothing => {}
        }
    }

    /// Ends the task with its result.
    pub fn done(self, result: &str) {
        match &self.0 {
            Shown::Bar(bar) => {
                // A line of its own, above the bars: a finished bar that is dropped goes with
                // the next redraw.
                let what = style(bar.prefix()).for_stderr().green();
                bar.println(format!("{what}  {result}  {}", seconds(bar.elapsed())));
                bar.finish_and_clear();
            }
            Shown::Lines(entry) => entry.state(result),
            Shown::Nothing => {}
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.0
            && !bar.is_finished()
        {
            bar.finish_and_clear();
        }
    }
}

fn spinner() -> ProgressStyle {
    template("{spinner:.cyan} {prefix}  {wide_msg:.dim} {elapsed:>4}")
}

fn byte_bar() -> ProgressStyle {
    template(
        "{spinner:.cyan} {prefix}  [{bar:24}] {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
    )
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).expect("the templates above are checked by a test")
}

/// How long something took, as the last line of a stage says it.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    style(format!("{:.1} s", duration.as_secs_f64())).for_stderr().dim().to_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_templates_are_valid() {
        super::spinner();
        super::byte_bar();
    }
}
