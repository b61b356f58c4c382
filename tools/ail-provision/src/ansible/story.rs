//! From the lines of a run to its progress, its counts, and why it failed.

use std::process::ExitStatus;
use std::time::Duration;

use lib_common::record::Play;
use lib_common::{Error, Exit};

use super::child::End;
use super::event::{Ended, Event, Status};

/// So much of a task's output is shown when it fails; the reason is at its end.
const SHOWN_LINES: usize = 15;

/// What happened so far.
#[derive(Debug, Default)]
pub struct Story {
    task: Option<String>,
    counts: Play,
    failure: Option<Ended>,
    failed_item: Option<Ended>,
    no_hosts: bool,
    /// The last lines that are no events.
    noise: Vec<String>,
}

/// A run that failed.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    causes: Vec<String>,
    counts: Play,
}

impl Story {
    /// Takes in a line, and gives the state to show if it changed.
    pub fn hear(&mut self, line: &str) -> Option<String> {
        let Ok(event) = serde_json::from_str(line) else {
            if !line.trim().is_empty() {
                self.noise.push(line.to_owned());
                let surplus = self.noise.len().saturating_sub(SHOWN_LINES);
                self.noise.drain(..surplus);
            }
            return None;
        };
        match event {
            Event::Task { task } => {
                self.task = Some(task.clone());
                self.failed_item = None;
                Some(task)
            }
            Event::Retry { task, left } => Some(format!("{task}, tries left: {left}")),
            Event::Result(ended) => {
                self.ended(ended);
                None
            }
            Event::Stats { ok, changed, failures, unreachable } => {
                self.counts = Play { ok, changed, failed: failures + unreachable, seconds: 0.0 };
                None
            }
            Event::NoHosts => {
                self.no_hosts = true;
                None
            }
        }
    }

    fn ended(&mut self, ended: Ended) {
        match ended.status {
            Status::Ok => self.counts.ok += 1,
            Status::Changed => {
                self.counts.ok += 1;
                self.counts.changed += 1;
            }
            Status::Skipped | Status::Ignored => {}
            Status::ItemFailed => self.failed_item = Some(ended),
            Status::Failed | Status::Unreachable => {
                // Of a loop, the item says more than "one or more items failed".
                self.failure = Some(match self.failed_item.take() {
                    Some(item) => Ended { status: ended.status, ..item },
                    None => ended,
                });
            }
        }
    }

    /// The counts, or the failure.
    pub fn outcome(self, end: &End, took: Duration) -> Result<Play, Failure> {
        let seconds = (took.as_secs_f64() * 10.0).round() / 10.0;
        if end.status.success() && !self.no_hosts {
            return Ok(Play { seconds, ..self.counts });
        }
        let (exit, what, causes) = match &self.failure {
            _ if self.no_hosts => (
                Exit::Failed,
                "the playbook plays on none of the hosts that there are".to_owned(),
                vec!["its `hosts:` must match the instance; `all` does".to_owned()],
            ),
            Some(failure) if failure.status == Status::Unreachable => (
                Exit::Refused,
                format!("the connection was lost at the task \"{}\"", failure.task),
                said(failure),
            ),
            Some(failure) => {
                (Exit::Failed, format!("the task \"{}\" failed", named(failure)), said(failure))
            }
            None => (
                Exit::Failed,
                format!("ansible-playbook {}", how(end.status)),
                vec![last_lines(&[self.noise.join("\n"), end.complaint.clone()].join("\n"))],
            ),
        };
        Err(Failure { exit, what, causes, counts: self.counts })
    }

    /// The error of a run that was stopped at its deadline.
    pub fn timed_out(&self) -> Error {
        let at = self.task.as_deref().unwrap_or("its start");
        let failure = Failure {
            exit: Exit::TimedOut,
            what: format!("it was not done in time, and was stopped at \"{at}\""),
            causes: Vec::new(),
            counts: self.counts.clone(),
        };
        Error::from(failure).next("run the same command again with a longer --timeout")
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let mut error = Self::new(failure.exit, failure.what);
        for cause in failure.causes.iter().filter(|cause| !cause.is_empty()) {
            error = error.because(cause);
        }
        if failure.counts.ok > 0 {
            error = error.done(counted(&failure.counts));
        }
        error.next("mend the cause and run the same command again: what is done is found done")
    }
}

/// The counts as a sentence ends with them.
pub fn counted(play: &Play) -> String {
    let tasks = match play.ok {
        1 => "1 task is done".to_owned(),
        n => format!("{n} tasks are done"),
    };
    match play.changed {
        0 => format!("{tasks}, and nothing had to be changed"),
        1 => format!("{tasks}, 1 changed something"),
        n => format!("{tasks}, {n} changed something"),
    }
}

fn named(ended: &Ended) -> String {
    match &ended.item {
        Some(item) => format!("{} ({item})", ended.task),
        None => ended.task.clone(),
    }
}

fn said(ended: &Ended) -> Vec<String> {
    let part = |name: &str, text: &str| match text.is_empty() {
        true => String::new(),
        false => format!("{name}:\n{}", last_lines(text)),
    };
    vec![
        last_lines(&ended.msg),
        part("its stderr", &ended.stderr),
        part("its stdout", &ended.stdout),
    ]
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("ended with status {code}"),
        None => "was killed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn told(lines: &[&str], status: i32) -> Result<Play, String> {
        let mut story = Story::default();
        for line in lines {
            story.hear(line);
        }
        let status = ExitStatus::from_raw(status << 8);
        let end = End { status, complaint: "ERROR! a complaint\n".to_owned() };
        let outcome = story.outcome(&end, Duration::from_millis(1250));
        outcome.map_err(|failure| Error::from(failure).to_string())
    }

    #[test]
    fn a_good_run_gives_its_counts() {
        let play = told(
            &[
                r#"{"event":"task","task":"docker : Install Docker"}"#,
                r#"{"event":"result","status":"changed","task":"docker : Install Docker"}"#,
                "[WARNING]: not an event",
                r#"{"event":"something new","task":"x"}"#,
                r#"{"event":"stats","ok":36,"changed":22,"failures":0,"unreachable":0}"#,
            ],
            0,
        );
        assert_eq!(play, Ok(Play { ok: 36, changed: 22, failed: 0, seconds: 1.3 }));
    }

    #[test]
    fn a_failed_task_is_named_with_its_reason() {
        let text = told(
            &[
                r#"{"event":"result","status":"changed","task":"one"}"#,
                r#"{"event":"task","task":"docker : Install Docker"}"#,
                r#"{"event":"result","status":"failed","task":"docker : Install Docker","msg":"No package","stderr":"E: a\n\nE: b","rc":100}"#,
            ],
            2,
        )
        .expect_err("failed");
        assert_eq!(
            text,
            "the task \"docker : Install Docker\" failed\n  \
             No package\n  its stderr:\n  E: a\n  E: b\n  \
             done before: 1 task is done, 1 changed something\n  \
             next: mend the cause and run the same command again: what is done is found done"
        );
    }

    #[test]
    fn of_a_loop_the_item_is_named() {
        let text = told(
            &[
                r#"{"event":"result","status":"item_failed","task":"t","msg":"no such file","item":"/etc/x"}"#,
                r#"{"event":"result","status":"failed","task":"t","msg":"One or more items failed"}"#,
            ],
            2,
        )
        .expect_err("failed");
        assert!(text.starts_with("the task \"t (/etc/x)\" failed\n  no such file\n"), "{text}");
    }

    #[test]
    fn a_failure_without_an_event_shows_what_was_said() {
        let text = told(&["ERROR! the playbook: x could not be found"], 1).expect_err("failed");
        assert!(
            text.starts_with("ansible-playbook ended with status 1\n  ERROR! the playbook: x could not be found\n  ERROR! a complaint\n"),
            "{text}"
        );
        let text = told(&[r#"{"event":"no_hosts"}"#], 0).expect_err("played on nobody");
        assert!(text.contains("the playbook plays on none of the hosts"), "{text}");
    }
}
