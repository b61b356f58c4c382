//! The command that runs while the stack is up.
//!
//! It is a process group of its own, so that a signal of the terminal reaches it once,
//! through this program, and so that all of it can be ended. A task of its own watches
//! over it: the verb is dropped at a signal, and the command must still be told and
//! waited for before its stack goes.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use lib_common::{Error, Exit, Record, Result};
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

/// How long the command may take to clean up after a signal. Taking back a half-made
/// image takes `ail-ami create` up to a minute.
const GRACE: Duration = Duration::from_secs(180);
/// How long processes may outlive the command itself, unasked: they would go on working
/// on an instance that is being deleted.
const LINGER: Duration = Duration::from_secs(5);
/// Between two looks whether the group is gone; there is no event for that.
const LOOK: Duration = Duration::from_millis(50);
/// A record is a few KiB; more than this is no record, and is not kept.
const LARGEST: usize = 16 << 20;
/// What is left of a line of 80 characters after "ail-stack run: ".
const LONGEST_TITLE: usize = 64;

/// The command at work.
#[derive(Debug)]
pub struct Command {
    group: Pid,
    stop: Arc<Notify>,
    ended: watch::Receiver<Option<Ended>>,
}

/// How the command ended, and what it printed.
#[derive(Clone, Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub output: Arc<Vec<u8>>,
}

/// The program as the shell would find it: by path, or on PATH.
pub fn check(program: &str) -> Result<()> {
    let runs = |path: &std::path::Path| {
        path.is_file() && nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok()
    };
    let found = match program.contains('/') {
        true => runs(program.as_ref()),
        false => std::env::var_os("PATH").is_some_and(|path| {
            std::env::split_paths(&path).any(|directory| runs(&directory.join(program)))
        }),
    };
    match found {
        true => Ok(()),
        false => Err(Error::new(Exit::Usage, format!("there is no program {program} to run"))
            .because("nothing was called")),
    }
}

/// The command in one line that fits the screen.
pub fn title(line: &[String]) -> String {
    let line = line.join(" ");
    let words: Vec<_> = line.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST_TITLE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl Command {
    /// Starts it with a record on stdin and the given additions to the environment.
    pub fn start(line: &[String], environment: &[(&str, String)], record: &Record) -> Result<Self> {
        let (program, arguments) = line.split_first().expect("clap wants one word at least");
        let cannot = |error: io::Error| {
            Error::new(Exit::Failed, format!("cannot run {program}")).caused_by(&error)
        };
        // Before the start: none may fall between.
        let signals = Signals::listen().map_err(cannot)?;
        let mut child = tokio::process::Command::new(program)
            .args(arguments)
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(cannot)?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        let group = Pid::from_raw(pid.expect("it has just been started"));
        adopt_orphans();
        let stdin = child.stdin.take().expect("stdin is a pipe");
        tokio::spawn(feed(stdin, format!("{}\n", record.to_value())));
        let output = Output::read(child.stdout.take().expect("stdout is a pipe"));

        let stop = Arc::new(Notify::new());
        let (sender, ended) = watch::channel(None);
        let guard = Guard { group, signals, stop: stop.clone(), told: None };
        tokio::spawn(async move {
            let lifeline = Lifeline::tie(group);
            let status = guard.watch(&mut child).await;
            lifeline.untie().await;
            let output = output.take().await;
            // Nobody asks any more only when this process ends.
            let _ = sender.send(Some(Ended { status, output: Arc::new(output) }));
        });
        Ok(Self { group, stop, ended })
    }

    /// Waits until it and all that it started is gone.
    pub async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        let ended = ended.wait_for(Option::is_some).await;
        ended.ok().and_then(|ended| ended.clone()).expect("the guard reports before it ends")
    }

    /// Ends it, if no signal has told it so already.
    pub fn stop(&self) -> impl Future<Output = Result<()>> + Send + 'static {
        let (stop, mut ended) = (self.stop.clone(), self.ended.clone());
        async move {
            stop.notify_one();
            // An error means that the guard is gone, and then the command is too.
            let _ = ended.wait_for(Option::is_some).await;
            Ok(())
        }
    }

    /// The command line that ends it by hand.
    pub fn remedy(&self) -> String {
        format!("kill -s KILL -- -{}", self.group)
    }
}

impl Ended {
    /// As the shell counts: a signal is 128 and its number.
    pub fn code(&self) -> u8 {
        let code = self.status.code().or(self.status.signal().map(|signal| 128 + signal));
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
    }

    /// In words: `ended with status 3`, `was ended by SIGTERM`.
    pub fn sentence(&self) -> String {
        match self.status.signal().map(Signal::try_from) {
            Some(Ok(signal)) => format!("was ended by {}", signal.as_str()),
            _ => format!("ended with status {}", self.code()),
        }
    }
}

/// Tells the group what this process is told.
struct Guard {
    group: Pid,
    signals: Signals,
    stop: Arc<Notify>,
    /// When a told group has had time enough.
    told: Option<Instant>,
}

impl Guard {
    async fn watch(mut self, child: &mut Child) -> ExitStatus {
        let status = loop {
            tokio::select! {
                status = child.wait() => break status,
                () = self.heed() => {}
            }
        };
        // A shell that is told ends at once; what it started may still be cleaning up.
        let alone = Instant::now() + LINGER;
        while self.group_lives() {
            if self.told.is_none() && Instant::now() >= alone {
                self.tell(Signal::SIGTERM);
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                () = self.heed() => {}
            }
        }
        // The wait for one's own child fails only if somebody else waited for it.
        status.unwrap_or_else(|_| ExitStatus::from_raw(1 << 8))
    }

    /// Waits for something to tell the group, and tells it.
    async fn heed(&mut self) {
        let late = self.told;
        tokio::select! {
            // Who asks for an end was told so by the same signal: as that signal, and once.
            biased;
            signal = self.signals.next() => self.tell(signal),
            () = self.stop.notified() => {
                if self.told.is_none() {
                    self.tell(Signal::SIGTERM);
                }
            }
            () = async { sleep_until(late.expect("checked")).await }, if late.is_some() => {
                self.tell(Signal::SIGKILL);
                self.told = Some(Instant::now() + GRACE);
            }
        }
    }

    fn tell(&mut self, signal: Signal) {
        // It may have ended this very moment.
        let _ = killpg(self.group, signal);
        self.told.get_or_insert_with(|| Instant::now() + GRACE);
    }

    fn group_lives(&self) -> bool {
        // Orphans of the group that came to this process (Linux) are seen off here: a
        // zombie would count as alive.
        let any = Pid::from_raw(-self.group.as_raw());
        while let Ok(status) = waitpid(any, Some(WaitPidFlag::WNOHANG)) {
            if status == WaitStatus::StillAlive {
                break;
            }
        }
        killpg(self.group, None) != Err(Errno::ESRCH)
    }
}

/// Lets what the command leaves without a parent come to this process, which can then
/// tell when the last of it is gone.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    // Without it the group is only waited for longer.
    let _ = nix::sys::prctl::set_child_subreaper(true);
}

struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::SIGINT,
            _ = self.terminate.recv() => Signal::SIGTERM,
        }
    }
}

/// A process that ends the group when this one is killed: SIGKILL cannot be handed on.
/// It sees that by the end of its input.
struct Lifeline(Option<Child>);

impl Lifeline {
    fn tie(group: Pid) -> Self {
        let script =
            "read -r end || { kill -s TERM -- \"-$1\"; sleep \"$2\"; kill -s KILL -- \"-$1\"; }";
        let watcher = tokio::process::Command::new("sh")
            .args(["-c", script, "ail-stack", &group.to_string(), &GRACE.as_secs().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        // A help for a rare case must not prevent the usual one.
        Self(watcher.inspect_err(|error| tracing::warn!(%error, "cannot watch")).ok())
    }

    async fn untie(self) {
        let Some(mut watcher) = self.0 else {
            return;
        };
        if let Some(mut stdin) = watcher.stdin.take() {
            let _ = stdin.write_all(b"end\n").await;
        }
        let _ = watcher.wait().await;
    }
}

async fn feed(mut stdin: ChildStdin, record: String) {
    // A command that does not care for its input closes it.
    let _ = stdin.write_all(record.as_bytes()).await;
}

/// What the command prints on stdout.
struct Output {
    read: Arc<Mutex<Vec<u8>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Output {
    fn read(mut stdout: ChildStdout) -> Self {
        let read = Arc::new(Mutex::new(Vec::new()));
        let kept = read.clone();
        let task = tokio::spawn(async move {
            let mut buffer = [0; 16 << 10];
            while let Ok(count @ 1..) = stdout.read(&mut buffer).await {
                let mut kept = kept.lock().await;
                if kept.len() <= LARGEST {
                    kept.extend_from_slice(&buffer[..count]);
                }
            }
        });
        Self { read, task }
    }

    /// All of it; or what there is, if a process that left the group holds it open.
    async fn take(self) -> Vec<u8> {
        let _ = tokio::time::timeout(LINGER, self.task).await;
        std::mem::take(&mut *self.read.lock().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_of_many_lines_has_a_title_of_one() {
        let words = |line: &[&str]| line.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        assert_eq!(title(&words(&["bash", "-c", "a \\\n    | b"])), "bash -c a \\ | b");
        let long = title(&words(&["sh", "-c", &"ü".repeat(99)]));
        assert_eq!(long.chars().count(), LONGEST_TITLE + 1);
        assert!(long.ends_with("ü…"));
    }

    #[test]
    fn a_signal_counts_as_the_shell_counts_it() {
        let ended = |raw| Ended { status: ExitStatus::from_raw(raw), output: Arc::default() };
        assert_eq!((ended(0).code(), ended(3 << 8).code(), ended(15).code()), (0, 3, 143));
        assert_eq!(ended(9).sentence(), "was ended by SIGKILL");
        assert_eq!(ended(3 << 8).sentence(), "ended with status 3");
    }

    #[test]
    fn a_program_is_found_as_the_shell_finds_it() {
        assert!(check("sh").is_ok());
        assert!(check("/bin/sh").is_ok());
        for missing in ["", "/etc/passwd", "/bin", "no-such-program"] {
            assert_eq!(check(missing).expect_err("not a program").exit(), Exit::Usage);
        }
    }
}
