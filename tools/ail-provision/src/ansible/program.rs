//! Finding ansible-playbook.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use lib_common::{Error, Exit, Result};
use tokio::process::Command;

/// The first version that knows the Python of Debian 12 (3.11), and that Debian 12 has.
const OLDEST: (u32, u32) = (2, 14);

/// It takes a second, and ten on a busy machine that has not cached Python's files.
const PATIENCE: Duration = Duration::from_secs(60);

/// A working ansible-playbook.
#[derive(Debug)]
pub struct Program(PathBuf);

impl Program {
    /// Finds it at `path` or on PATH, and makes sure that it works and is not too old.
    pub async fn find(path: Option<&Path>) -> Result<Self> {
        on_path("ssh").ok_or_else(|| {
            missing("ssh is not on the PATH, and Ansible needs it")
                .next("install it: apt-get install openssh-client")
        })?;
        let file = match path {
            Some(path) => on_path(path)
                .ok_or_else(|| missing(&format!("there is no program {}", path.display())))?,
            None => on_path("ansible-playbook")
                .ok_or_else(|| missing("ansible-playbook is not on the PATH"))?,
        };
        let version = version(&file).await?;
        match version >= OLDEST {
            true => Ok(Self(file)),
            false => Err(missing(&format!(
                "{} is of ansible-core {}.{}, and {}.{} is the oldest that will do",
                file.display(),
                version.0,
                version.1,
                OLDEST.0,
                OLDEST.1
            ))),
        }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn missing(why: &str) -> Error {
    Error::new(Exit::Failed, "cannot run Ansible").because(why).next(
        "install it: pipx install ansible-core, or apt-get install ansible-core; or say where \
         it is with --ansible PATH or AIL_ANSIBLE_PLAYBOOK",
    )
}

/// The file of a program, as a shell finds it.
fn on_path(name: impl AsRef<Path>) -> Option<PathBuf> {
    let name = name.as_ref();
    if name.components().count() > 1 {
        return name.is_file().then(|| name.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}

async fn version(file: &Path) -> Result<(u32, u32)> {
    let command = Command::new(file)
        .arg("--version")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let broken = |why: String| missing(&format!("{} does not work: {why}", file.display()));
    let output = match tokio::time::timeout(PATIENCE, command).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(broken(error.to_string())),
        Err(_) => return Err(broken(format!("it says nothing for {} s", PATIENCE.as_secs()))),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    parse(&said).ok_or_else(|| {
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.trim().lines().last().unwrap_or("it tells no version");
        broken(last.to_owned())
    })
}

/// `ansible-playbook [core 2.19.14]`
fn parse(said: &str) -> Option<(u32, u32)> {
    let (_, rest) = said.lines().next()?.split_once("[core ")?;
    let mut numbers = rest.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_ansible_core() {
        assert_eq!(parse("ansible-playbook [core 2.19.14]\n  config file = None"), Some((2, 19)));
        assert_eq!(parse("ansible-playbook 2.9.6\n"), None);
        assert_eq!(parse(""), None);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_comes_with_advice() {
        let error = Program::find(Some(Path::new("/no/ansible"))).await.expect_err("missing");
        let text = error.to_string();
        assert!(
            text.starts_with(
                "cannot run Ansible\n  there is no program /no/ansible\n  next: install it: "
            ),
            "{text}"
        );
    }
}
