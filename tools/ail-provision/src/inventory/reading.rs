//! Having the instance list its packages.

use std::sync::{Arc, Mutex, PoisonError};

use lib_common::{Error, Exit, Result};

use crate::access::Deadline;
use crate::shell::quoted;
use crate::ssh::{self, Connection, Heard, Output};
use crate::target::Target;

/// Lists the packages, wherever it runs.
const PROGRAM: &str = include_str!("inventory.py");

/// An image with a desktop has 3,000 packages, of some 100 bytes each here. What is far
/// larger is not a list of packages, and is not taken.
const LARGEST: usize = 16 << 20;

/// The end of what a program complains of; the cause stands last.
const COMPLAINT: usize = 600;

/// What was said so far, and whether that is too much.
#[derive(Default)]
struct Said {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    too_much: bool,
}

impl Said {
    fn hear(&mut self, output: Output, bytes: &[u8]) -> Heard {
        let heard = match output {
            Output::Stdout => &mut self.stdout,
            Output::Stderr => &mut self.stderr,
        };
        if heard.len() + bytes.len() > LARGEST {
            self.too_much = true;
            return Heard::Enough;
        }
        heard.extend_from_slice(bytes);
        Heard::GoOn
    }
}

/// Runs the program there, in one call, and gives what it prints.
pub async fn read(connection: Connection, target: &Target, deadline: Deadline) -> Result<Vec<u8>> {
    let said = Arc::new(Mutex::new(Said::default()));
    let heard = Arc::clone(&said);
    let sink = move |output: Output, bytes: &[u8]| {
        heard.lock().unwrap_or_else(PoisonError::into_inner).hear(output, bytes)
    };
    let failed = || format!("cannot list the packages of {}", target.label());
    let (_, status) = ssh::run(connection, command(), deadline.left(), sink)
        .await
        .map_err(|error| error.context(failed()))?;
    let said = std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
    match (said.too_much, status) {
        (true, _) => Err(Error::new(Exit::Failed, failed())
            .because(format!("it answers with more than {LARGEST} bytes"))),
        (false, 0) => Ok(said.stdout),
        (false, _) => Err(Error::new(Exit::Failed, failed())
            .because(format!("the list ended with status {status}"))
            .because(complaint(&said.stderr))
            .next(
                "it needs python3 and dpkg-query there, and a user who is root or may become so \
                 by `sudo` without a password",
            )),
    }
}

/// The program's own Python neither writes bytecode nor lets anything that is installed
/// begin with it. Root reads homes that are closed to others.
fn command() -> String {
    let python = "python3 -I -B -S -c";
    let program = quoted(PROGRAM);
    format!("if [ \"$(id -u)\" = 0 ]; then {python} {program}; else sudo -n {python} {program}; fi")
}

/// The last of what it said, without what would move a terminal's cursor.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let text: String = text.trim().chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    let skipped = text.chars().count().saturating_sub(COMPLAINT);
    match text.is_empty() {
        true => "and said nothing".to_owned(),
        false => text.chars().skip(skipped).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_endless_is_taken() {
        let mut said = Said::default();
        let chunk = vec![b'x'; LARGEST / 2];
        assert_eq!(said.hear(Output::Stdout, &chunk), Heard::GoOn);
        assert_eq!(said.hear(Output::Stderr, &chunk), Heard::GoOn);
        assert_eq!(said.hear(Output::Stdout, &chunk), Heard::GoOn);
        assert!(!said.too_much);
        assert_eq!(said.hear(Output::Stdout, b"x"), Heard::Enough);
        assert!(said.too_much);
    }

    #[test]
    fn a_complaint_is_short_and_plain() {
        assert_eq!(
            complaint(b"sudo: a password\x1b[2J is required\n"),
            "sudo: a password[2J is required"
        );
        let long = complaint(format!("{}the cause", "x".repeat(4000)).as_bytes());
        assert_eq!((long.len(), long.ends_with("the cause")), (COMPLAINT, true));
        assert_eq!(complaint(b" \n"), "and said nothing");
    }
}
