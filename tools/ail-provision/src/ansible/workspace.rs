//! The directory in which one run of Ansible finds all that it reads.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;

use super::Request;
use crate::playbook;
use crate::target::Target;

/// The variable by which its processes know it, and are known.
const NAMED_BY: &str = "AIL_WORKSPACE";

/// Two seconds of tries: what still writes has been told to end.
const REMOVALS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// A directory that only its owner can read. Dropping it removes it.
#[derive(Debug)]
pub struct Workspace {
    directory: TempDir,
    playbook: PathBuf,
    configuration: PathBuf,
}

impl Workspace {
    /// Writes playbook, inventory, known hosts and variables.
    pub fn new(request: &Request<'_>) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("ail-provision-").tempdir()?;
        let embedded = directory.path().join("ansible");
        playbook::extract(&embedded)?;
        let playbook = request.playbook.file(&embedded);
        let configuration = configuration(&playbook, &embedded);
        let workspace = Self { directory, playbook, configuration };
        let target = request.target;
        let keys = request.host_keys.iter();
        let known: String = keys.map(|key| format!("{} {key}\n", target.known_host())).collect();
        workspace.write("known_hosts", known.as_bytes())?;
        workspace.write("inventory.json", workspace.inventory(target).to_string().as_bytes())?;
        let variables = Value::from(request.variables.clone());
        workspace.write("variables.json", variables.to_string().as_bytes())?;
        Ok(workspace)
    }

    /// Removes it, once more where something on its way out has just written into it: an
    /// ssh takes its socket away a moment after it is told to.
    pub async fn remove(self) {
        let path = self.directory.keep();
        for _ in 0..REMOVALS {
            match std::fs::remove_dir_all(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => sleep(PAUSE).await,
                _ => return,
            }
        }
        tracing::warn!("cannot remove {}", path.display());
    }

    /// The processes that were started for it, wherever they have gone since: each has
    /// inherited the variable that names it. None where the system has no /proc.
    pub fn processes(&self) -> Vec<Pid> {
        let mark = [NAMED_BY.as_bytes(), b"=", self.path().as_os_str().as_bytes()].concat();
        let marked = |process: &PathBuf| {
            let environment = std::fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark)
        };
        let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
        all.flatten()
            .map(|process| process.path())
            .filter(marked)
            .filter_map(|process| process.file_name()?.to_str()?.parse().ok())
            .map(Pid::from_raw)
            .collect()
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The playbook's file.
    pub fn playbook(&self) -> &Path {
        &self.playbook
    }

    /// The socket of the one connection that all tasks share.
    pub fn control_socket(&self) -> PathBuf {
        self.path().join("ssh")
    }

    /// The variables that lead ansible-playbook to all of this. They beat any ansible.cfg.
    pub fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        let fixed = [
            // Ansible refuses any encoding but UTF-8.
            ("LC_ALL", "C.UTF-8"),
            ("PYTHONUNBUFFERED", "1"),
            ("ANSIBLE_NOCOLOR", "1"),
            ("ANSIBLE_DEPRECATION_WARNINGS", "0"),
            ("ANSIBLE_HOST_KEY_CHECKING", "1"),
            ("ANSIBLE_RETRY_FILES_ENABLED", "0"),
            ("ANSIBLE_STDOUT_CALLBACK", "ail_events"),
            // A module goes through the connection into Python, and no file is left behind.
            ("ANSIBLE_PIPELINING", "1"),
            ("ANSIBLE_REMOTE_TMP", "/tmp"),
            ("ANSIBLE_SSH_RETRIES", "3"),
            ("ANSIBLE_TIMEOUT", "30"),
            ("ANSIBLE_PYTHON_INTERPRETER", "auto_silent"),
        ];
        let own = [
            ("ANSIBLE_CONFIG", self.configuration.clone()),
            ("ANSIBLE_HOME", self.path().join("home")),
            ("ANSIBLE_LOCAL_TEMP", self.path().join("tmp")),
            ("ANSIBLE_CALLBACK_PLUGINS", self.path().join("ansible/callbacks")),
            (NAMED_BY, self.path().to_owned()),
        ];
        fixed.into_iter().map(|(name, value)| (name, PathBuf::from(value))).chain(own).collect()
    }

    /// One host, with everything that SSH needs; nothing of the user's own configuration,
    /// whose options could send us elsewhere.
    fn inventory(&self, target: &Target) -> Value {
        let options = [
            "-F none".to_owned(),
            "-o ControlMaster=auto".to_owned(),
            "-o ControlPersist=60".to_owned(),
            "-o StrictHostKeyChecking=yes".to_owned(),
            format!("-o UserKnownHostsFile={}", quoted(&self.path().join("known_hosts"))),
            "-o GlobalKnownHostsFile=/dev/null".to_owned(),
            "-o IdentitiesOnly=yes".to_owned(),
            "-o IdentityAgent=none".to_owned(),
            "-o PreferredAuthentications=publickey".to_owned(),
            // A connection that has been silent for a minute is lost.
            "-o ServerAliveInterval=15".to_owned(),
            "-o ServerAliveCountMax=4".to_owned(),
        ];
        let variables = json!({
            "ansible_connection": "ssh",
            "ansible_host": target.host,
            "ansible_port": target.port,
            "ansible_user": target.user,
            "ansible_ssh_private_key_file": target.key_file,
            "ansible_ssh_args": options.join(" "),
            "ansible_control_path": self.control_socket(),
        });
        json!({"all": {"hosts": {(target.id.clone()): variables}}})
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path().join(name);
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(bytes)
    }
}

/// The ansible.cfg beside a playbook, or the empty one: never that of a user or a system.
fn configuration(playbook: &Path, embedded: &Path) -> PathBuf {
    let beside = playbook.with_file_name("ansible.cfg");
    if beside.is_file() { beside } else { embedded.join("ansible.cfg") }
}

/// A path as Ansible splits its options: like a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
