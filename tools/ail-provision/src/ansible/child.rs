//! The process of ansible-playbook: its lines, its end, and how it is stopped.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::program::Program;
use super::workspace::Workspace;
use crate::password;

/// Ansible ends its workers and their connections within a second of SIGTERM.
const GRACE: Duration = Duration::from_secs(10);

/// Between two looks at what is still running on this machine.
const POLL: Duration = Duration::from_millis(50);

/// The pipes outlive the process only if something that it left holds them.
const DRAIN: Duration = Duration::from_secs(2);

/// So much of what it complains about on stderr is kept, from its end.
const COMPLAINT: usize = 8 << 10;

/// A running ansible-playbook. It is looked after by a task of its own, so that it is
/// stopped and its directory removed even when nobody waits for it any more.
pub struct Child {
    id: u32,
    stdout: BufReader<ChildStdout>,
    stopper: Stopper,
    complaint: JoinHandle<String>,
}

/// How it ended.
#[derive(Debug)]
pub struct End {
    /// Its status.
    pub status: ExitStatus,
    /// The end of its stderr.
    pub complaint: String,
}

/// Stops the child, from anywhere.
#[derive(Clone, Debug)]
pub struct Stopper {
    wanted: watch::Sender<bool>,
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Child {
    /// Starts it in a process group of its own: Ctrl-C is for us to pass on.
    pub fn start(program: &Program, workspace: Workspace) -> io::Result<Self> {
        let mut command = std::process::Command::new(program.path());
        command
            .arg("--inventory")
            .arg(workspace.path().join("inventory.json"))
            .arg("--extra-vars")
            .arg(prefixed("@", &workspace.path().join("variables.json")))
            .arg(workspace.playbook())
            .envs(workspace.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        for name in password::variables() {
            command.env_remove(name);
        }
        let mut child = Command::from(command).spawn()?;
        let id = child.id().expect("it was just started");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let complaint = tokio::spawn(tail(child.stderr.take().expect("it is piped")));
        let (wanted, stop) = watch::channel(false);
        let (ending, ended) = watch::channel(None);
        tokio::spawn(async move {
            let status = look_after(child, id, stdin, stop).await;
            hang_up(&workspace.control_socket()).await;
            end_the_rest(&workspace).await;
            workspace.remove().await;
            ending.send_replace(Some(status));
        });
        Ok(Self { id, stdout, stopper: Stopper { wanted, ended }, complaint })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What stops it.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// The next line of its stdout; `None` at the end.
    pub async fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut ended = self.stopper.ended.clone();
        let gone = async {
            // An error means that the task that looks after it is gone.
            let _ = ended.wait_for(Option::is_some).await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            read = self.stdout.read_until(b'\n', &mut line) => match read {
                Ok(n) if n > 0 => Some(String::from_utf8_lossy(&line).into_owned()),
                _ => None,
            },
            () = gone => None,
        }
    }

    /// Waits for its end.
    pub async fn end(&mut self) -> End {
        let status = self.stopper.ended().await;
        let complaint = match timeout(DRAIN, &mut self.complaint).await {
            Ok(Ok(complaint)) => complaint,
            _ => String::new(),
        };
        End { status, complaint }
    }
}

impl Stopper {
    /// Stops it and returns when it has ended.
    pub async fn stop(mut self) {
        self.wanted.send_replace(true);
        self.ended().await;
    }

    async fn ended(&mut self) -> ExitStatus {
        let status = self.ended.wait_for(Option::is_some).await;
        status.expect("it is sent before its sender is dropped").expect("it was waited for")
    }
}

/// Waits for its end, and brings it about when somebody wants it.
async fn look_after(
    mut child: tokio::process::Child,
    id: u32,
    stdin: ChildStdin,
    mut stop: watch::Receiver<bool>,
) -> ExitStatus {
    let wanted = async {
        // An error means that nobody is left who could want it: as good as wanting it.
        let _ = stop.wait_for(|wanted| *wanted).await;
    };
    let status = tokio::select! {
        status = child.wait() => status,
        () = wanted => {
            signal(id, Signal::SIGTERM);
            match timeout(GRACE, child.wait()).await {
                Ok(status) => status,
                Err(_) => {
                    signal(id, Signal::SIGKILL);
                    child.wait().await
                }
            }
        }
    };
    // Held until now: its end is how the callback plugin learns that we are gone.
    drop(stdin);
    status.expect("a child of ours can be waited for")
}

fn signal(id: u32, signal: Signal) {
    let group = Pid::from_raw(i32::try_from(id).expect("a process id fits"));
    // It may have ended this very moment.
    let _ = killpg(group, signal);
}

/// Ends what outlives the process that was started. A worker that Ansible had just forked
/// is in a session of its own and hears of no signal; it goes on, and writes into the
/// workspace.
async fn end_the_rest(workspace: &Workspace) {
    let end_with = async |signal| {
        loop {
            let left = workspace.processes();
            if left.is_empty() {
                return;
            }
            for process in left {
                // It may have ended this very moment.
                let _ = kill(process, signal);
            }
            sleep(POLL).await;
        }
    };
    if timeout(GRACE, end_with(Signal::SIGTERM)).await.is_err() {
        // What even this does not end is the kernel's.
        let _ = timeout(GRACE, end_with(Signal::SIGKILL)).await;
    }
}

/// Ends the shared SSH connection, which would stay for a minute.
async fn hang_up(socket: &Path) {
    if !socket.exists() {
        return;
    }
    let command = Command::new("ssh")
        .args(["-F", "none", "-O", "exit", "-o"])
        .arg(prefixed("ControlPath=", socket))
        .arg("instance")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .status();
    // It goes by itself where this fails.
    let _ = timeout(GRACE, command).await;
}

fn prefixed(prefix: &str, path: &Path) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(prefix);
    text.push(path);
    text
}

/// The end of a stream.
async fn tail(mut stream: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..n]);
        let surplus = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).into_owned()
}
