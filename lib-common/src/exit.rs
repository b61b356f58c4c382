//! The exit codes that all tools share.

use std::process::ExitCode;

/// How a tool ends. The numbers from 64 to 78 are those of `sysexits.h`, 124 that
/// of `timeout(1)`, 130 and 143 the shell's 128 + signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed, for a reason that has no code of its own.
    Failed,
    /// The command line is wrong.
    Usage,
    /// The input is not what was expected; nothing was called.
    BadInput,
    /// What was asked for does not exist.
    NotFound,
    /// The service refused, or cannot be reached.
    Refused,
    /// It exists already and differs.
    Exists,
    /// A passing fault; the same command may work later.
    Temporary,
    /// A permission or a credential is missing.
    Permission,
    /// Some was done, some was not; stdout says which.
    Partial,
    /// What would be destroyed wants `--yes`.
    Confirm,
    /// The deadline passed.
    TimedOut,
    /// SIGINT; cleaned up.
    Interrupted,
    /// SIGTERM; cleaned up.
    Terminated,
}

impl Exit {
    /// Every way to end, in the order of the numbers.
    pub const ALL: [Self; 14] = [
        Self::Done,
        Self::Failed,
        Self::Usage,
        Self::BadInput,
        Self::NotFound,
        Self::Refused,
        Self::Exists,
        Self::Temporary,
        Self::Permission,
        Self::Partial,
        Self::Confirm,
        Self::TimedOut,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The process's exit status.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::BadInput => 65,
            Self::NotFound => 66,
            Self::Refused => 69,
            Self::Exists => 73,
            Self::Temporary => 75,
            Self::Permission => 77,
            Self::Partial => 79,
            Self::Confirm => 80,
            Self::TimedOut => 124,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The meaning, as the man pages give it.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "the command line is wrong; nothing was called",
            Self::BadInput => "the input is not what was expected; nothing was called",
            Self::NotFound => "what was asked for does not exist",
            Self::Refused => "the service refused, or cannot be reached",
            Self::Exists => "it exists already and differs",
            Self::Temporary => "a passing fault: try again",
            Self::Permission => "a permission or a credential is missing",
            Self::Partial => "some was done and some was not: stdout says which",
            Self::Confirm => "this destroys something and wants --yes",
            Self::TimedOut => "the deadline of --timeout passed",
            Self::Interrupted => "interrupted by SIGINT, and cleaned up",
            Self::Terminated => "ended by SIGTERM, and cleaned up",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
