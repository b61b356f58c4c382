//! The one error type, and the one renderer that prints it.

use std::fmt;

use crate::{Exit, Record};

/// What a fallible step gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure as its reader meets it: what failed, why, what is the case now, and
/// what to do next. It knows with which exit code the tool ends.
///
/// ```text
/// ail-export: cannot export ami-0f3a as VHD to s3://images (eu-central-1)
///   ExportImage: InvalidParameter: the service role vmimport does not exist (request 6a1c)
///   done before: VMDK is exported (ai_lab/5.0.0/ai-lab-5.0.0.vmdk)
///   next: deploy the role with `ail-stack up --kind vm-bucket`, then run this again
/// ```
#[derive(Debug)]
pub struct Error(Box<Report>);

#[derive(Debug)]
struct Report {
    exit: Exit,
    what: String,
    causes: Vec<String>,
    code: Option<String>,
    done: Vec<String>,
    next: Option<String>,
    transport: bool,
    record: Option<Record>,
    status: Option<u8>,
}

impl Error {
    /// A failure that ends the tool with `exit`; `what` is a sentence without its
    /// full stop that names the operation and the resource.
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self(Box::new(Report {
            exit,
            what: what.into(),
            causes: Vec::new(),
            code: None,
            done: Vec::new(),
            next: None,
            transport: false,
            record: None,
            status: None,
        }))
    }

    /// Adds a cause: the nearest first, each on a line of its own.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.0.causes.push(cause.to_string());
        self
    }

    /// Adds a standard error and the chain of its sources as causes.
    #[must_use]
    pub fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            // Many error types repeat their source in their own text.
            if !self.0.causes.iter().any(|cause| cause.contains(&text)) {
                self.0.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Notes something that was changed before the failure and stays changed.
    #[must_use]
    pub fn done(mut self, what: impl Into<String>) -> Self {
        self.0.done.push(what.into());
        self
    }

    /// Says what the reader can do now.
    #[must_use]
    pub fn next(mut self, advice: impl Into<String>) -> Self {
        self.0.next = Some(advice.into());
        self
    }

    /// Gives the advice only where nobody nearer to the failure gave one.
    #[must_use]
    pub fn next_or(mut self, advice: impl FnOnce() -> String) -> Self {
        self.0.next.get_or_insert_with(advice);
        self
    }

    /// Puts the error under a sentence that says what it prevented; what it said
    /// before becomes the nearest cause.
    #[must_use]
    pub fn context(mut self, what: impl Into<String>) -> Self {
        let inner = std::mem::replace(&mut self.0.what, what.into());
        self.0.causes.insert(0, inner);
        self
    }

    /// Ends the tool with another code than the cause's own.
    #[must_use]
    pub fn exiting(mut self, exit: Exit) -> Self {
        self.0.exit = exit;
        self
    }

    /// Makes this a partial failure: stdout gets the record of what was done all the
    /// same, and the tool ends with [`Exit::Partial`].
    #[must_use]
    pub fn partial(mut self, record: Record) -> Self {
        self.0.record = Some(record);
        self.exiting(Exit::Partial)
    }

    /// Ends the tool with the status of a command that it ran, whatever it is.
    #[must_use]
    pub fn with_status(mut self, status: u8) -> Self {
        self.0.status = Some(status);
        self
    }

    /// The process's exit status.
    pub(crate) fn status(&self) -> u8 {
        self.0.status.unwrap_or(self.0.exit.code())
    }

    pub(crate) fn record(&self) -> Option<&Record> {
        self.0.record.as_ref()
    }

    pub(crate) fn coded(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    pub(crate) fn in_transport(mut self) -> Self {
        self.0.transport = true;
        self
    }

    /// Whether the same call may work in a moment: the service said so, or the network
    /// lost it.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.0.exit == Exit::Temporary || self.0.transport
    }

    /// How the tool ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.0.exit
    }

    /// The service's own code (`InvalidAMIID.NotFound`), where a service answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Whether the service says that the thing does not exist: any `…NotFound`,
    /// `NoSuch…` or "does not exist" of its answers.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.exit == Exit::NotFound
    }

    /// The first line alone: what failed.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// The failure and its nearest cause in one line, for a result line.
    #[must_use]
    pub fn summary(&self) -> String {
        match self.0.causes.first() {
            Some(cause) => format!("{}: {cause}", self.0.what),
            None => self.0.what.clone(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &self.0;
        write!(f, "{}", report.what)?;
        for cause in &report.causes {
            write!(f, "\n  {}", cause.replace('\n', "\n  "))?;
        }
        for done in &report.done {
            write!(f, "\n  done before: {done}")?;
        }
        if let Some(next) = &report.next {
            write!(f, "\n  next: {next}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_from_what_failed_to_what_to_do() {
        let error = Error::new(Exit::Refused, "ExportImage: InvalidParameter: no such role")
            .context("cannot export ami-1 as VHD")
            .done("VMDK is exported")
            .next("deploy the role");
        assert_eq!(
            error.to_string(),
            "cannot export ami-1 as VHD\n  ExportImage: InvalidParameter: no such role\n  \
             done before: VMDK is exported\n  next: deploy the role"
        );
        assert_eq!(error.exit(), Exit::Refused);
    }

    #[test]
    fn the_status_of_a_command_that_failed_is_kept() {
        let error = Error::new(Exit::Failed, "the command ended with status 9");
        assert_eq!(error.status(), 1);
        assert_eq!(error.with_status(9).context("cannot go on").status(), 9);
    }

    #[test]
    fn a_source_that_the_error_repeats_is_said_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read: {0}")]
        struct Outer(#[source] std::io::Error);

        let outer = Outer(std::io::Error::other("disk gone"));
        let error = Error::new(Exit::Failed, "cannot load").caused_by(&outer);
        assert_eq!(error.to_string(), "cannot load\n  cannot read: disk gone");
    }
}
