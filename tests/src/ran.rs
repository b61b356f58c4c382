//! What a tool did.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::cloud::text;
use crate::redact::redact;

/// The end of a tool: its status and what it printed.
#[derive(Debug)]
pub struct Ran {
    program: PathBuf,
    status: i32,
    stdout: String,
    stderr: String,
}

impl Ran {
    pub(crate) fn new(program: PathBuf, output: Output) -> Self {
        let status = output.status;
        Self {
            program,
            // As the shell counts: a signal is 128 and its number.
            status: status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Asserts the exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "exit status of {self:#?}");
        self
    }

    /// Asserts stdout to the letter.
    #[track_caller]
    pub fn stdout(self, expected: &str) -> Self {
        assert_eq!(self.stdout, expected, "stdout of {self:#?}");
        self
    }

    /// Asserts stderr, after [`Ran::stderr_text`]'s replacements.
    #[track_caller]
    pub fn stderr(self, expected: &str) -> Self {
        assert_eq!(self.stderr_text(), expected, "stderr of {self:#?}");
        self
    }

    /// Stdout as it is.
    pub fn stdout_text(&self) -> &str {
        &self.stdout
    }

    /// Stderr with what differs from run to run replaced: ids (`ami-…`), request ids,
    /// seconds, addresses.
    pub fn stderr_text(&self) -> String {
        redact(&self.stderr)
    }

    /// Stderr as it is.
    pub fn stderr_raw(&self) -> &str {
        &self.stderr
    }

    /// Asserts success and gives the record, after checking it against the tool's own
    /// schema.
    #[track_caller]
    pub fn record(self) -> Value {
        let ran = self.exits(0);
        let record = ran.json();
        ran.validate(&record, "record");
        record
    }

    /// The one JSON value on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The JSON values on stdout, one a line, each checked against the tool's schema of
    /// lines.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let lines: Vec<Value> = self
            .stdout
            .lines()
            .map(|l| serde_json::from_str(l).unwrap_or_else(|error| panic!("{error}: {self:#?}")))
            .collect();
        for line in &lines {
            self.validate(line, "lines");
        }
        lines
    }

    #[track_caller]
    fn validate(&self, value: &Value, of: &str) {
        let out = Command::new(&self.program).args(["schema", of]).output().expect("it runs");
        Self::new(self.program.clone(), out).exits(0).describes(value);
    }

    /// Asserts that the schema on stdout describes this value.
    #[track_caller]
    pub fn describes(self, value: &Value) {
        let schema = self.json();
        let validator = jsonschema::draft202012::new(&schema).expect("the schema is valid");
        let faults: Vec<_> = validator
            .iter_errors(value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "not by the tool's own schema: {faults:#?}\n{value:#}");
    }
}
