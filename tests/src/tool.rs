//! Running a tool as a user would.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::Ran;

/// A tool with its arguments, environment and input.
#[derive(Debug)]
pub struct Tool {
    command: Command,
    program: PathBuf,
    input: Option<Vec<u8>>,
    patience: Duration,
}

impl Tool {
    /// The program at `path`, with nothing of this process's environment.
    pub(crate) fn new(directory: &Path, path: &Path) -> Self {
        assert!(
            path.exists(),
            "{} is not built; run the tests with `scripts/just test`, or first \
             `cargo build --workspace`",
            path.display()
        );
        // A session without a terminal: Ctrl-C at the tests' own does not reach it, it
        // cannot ask there, and its whole session can be killed.
        let mut command = Command::new("/usr/bin/setsid");
        command.arg(path).env_clear().env("LANG", "C.UTF-8").current_dir(directory);
        Self {
            command,
            program: path.to_owned(),
            input: None,
            // Far above what any step takes on a busy machine; a hang fails the test.
            patience: Duration::from_secs(300),
        }
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Removes a variable of the environment.
    pub fn env_remove(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Sets the directory it runs in.
    pub fn current_dir(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Pipes this into its stdin, which is /dev/null where this is not called.
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Gives it a record on stdin.
    pub fn record(self, record: &Value) -> Self {
        self.stdin(record.to_string())
    }

    /// Sets how long it may take before the test fails (300 s where this is not called).
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs it to its end.
    pub fn run(self) -> Ran {
        self.start().wait()
    }

    /// Starts it, as the leader of a session and process group of its own.
    pub fn start(mut self) -> Running {
        // A file, so that a test can watch it grow.
        let stderr = NamedTempFile::new().expect("a temporary file");
        let mut child = self
            .command
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(stderr.reopen().expect("it was just made"))
            .spawn()
            .expect("the tool starts");
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), self.input) {
            // A thread: a tool may write much before it reads. It may also never read.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        Running { child: Some(child), program: self.program, patience: self.patience, stderr }
    }
}

/// A tool at work.
#[derive(Debug)]
pub struct Running {
    child: Option<Child>,
    program: PathBuf,
    patience: Duration,
    stderr: NamedTempFile,
}

impl Running {
    /// Waits until stderr holds `text`; a tool that ends before fails the test.
    #[track_caller]
    pub fn until_says(&mut self, text: &str) {
        let started = Instant::now();
        while !self.said().contains(text) {
            assert!(self.is_running(), "it ended before it said {text:?}: {}", self.said());
            assert!(started.elapsed() < self.patience, "it never said {text:?}: {}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.stderr.path()).expect("stderr is text")
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child().try_wait().expect("the tool can be looked at").is_none()
    }

    /// Sends a signal to the tool alone.
    pub fn signal(&self, signal: Signal) {
        nix::sys::signal::kill(self.pid(), signal).expect("the tool runs");
    }

    /// Sends a signal to the tool and its children, as Ctrl-C on a terminal does.
    pub fn signal_group(&self, signal: Signal) {
        killpg(self.pid(), signal).expect("the tool runs");
    }

    /// Kills all processes of its session with SIGKILL, as a lost machine would.
    ///
    /// The pipelines and `ail-stack run` put their stages into process groups of their
    /// own; the session still holds them all.
    pub fn kill_session(&self) {
        for process in std::fs::read_dir("/proc").expect("Linux").flatten() {
            let Ok(stat) = std::fs::read_to_string(process.path().join("stat")) else { continue };
            // proc(5): after the name in parentheses come state, parent, group, session.
            let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace());
            let session = fields.and_then(|mut fields| fields.nth(3)?.parse().ok());
            let name = process.file_name();
            let pid = name.to_str().and_then(|pid| pid.parse().ok());
            if let (Some(pid), true) = (pid, session == Some(self.pid().as_raw())) {
                // It may have ended this very moment.
                let _ = nix::sys::signal::kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }

    /// Waits until it ends; a tool that takes far too long fails the test.
    pub fn wait(mut self) -> Ran {
        let pid = self.pid();
        let (finished, expired) = mpsc::channel::<()>();
        let patience = self.patience;
        let watchdog = std::thread::spawn(move || {
            let late = expired.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout);
            if late {
                // It may have ended this very moment.
                let _ = killpg(pid, Signal::SIGKILL);
            }
            late
        });
        let child = self.child.take().expect("only waiting takes it");
        let mut output = child.wait_with_output().expect("the tool can be waited for");
        output.stderr = std::fs::read(self.stderr.path()).expect("the file is still there");
        drop(finished);
        let late = watchdog.join().expect("the watchdog does not panic");
        let ran = Ran::new(self.program.clone(), output);
        assert!(!late, "the tool did not end within {patience:?}: {ran:#?}");
        ran
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("only waiting takes it")
    }

    fn pid(&self) -> Pid {
        let child = self.child.as_ref().expect("only waiting takes it");
        Pid::from_raw(i32::try_from(child.id()).expect("a pid fits"))
    }
}

impl Drop for Running {
    /// A failed test leaves no tool at work.
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill_session();
        }
    }
}
