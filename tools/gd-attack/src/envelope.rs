//! The file that says what was done, to be opened after the recovery.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lib_common::team::Team;
use lib_common::{Error, Exit, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::Builder;

use crate::attack::Attack;

/// What is in an envelope.
#[derive(Debug, Serialize)]
pub struct Envelope {
    team: Team,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    attacks: Vec<Entry>,
    #[serde(skip)]
    path: PathBuf,
}

/// One attack in it.
#[derive(Debug, Serialize)]
struct Entry {
    name: &'static str,
    does: &'static str,
    tool: &'static str,
    finding: String,
    mend: &'static str,
    began: Timestamp,
    /// Not there where the deed was not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<Timestamp>,
    touched: Vec<String>,
}

impl Envelope {
    /// A new envelope in this file, which must not be there yet: an old one is not lost.
    pub fn new(path: PathBuf, team: &Team, seed: Option<u64>) -> Result<Self> {
        if path.exists() {
            return Err(Error::new(
                Exit::Exists,
                format!("the envelope {} is there already", path.display()),
            )
            .next("open it, or name another file with --envelope"));
        }
        let envelope = Self { team: team.clone(), seed, attacks: Vec::new(), path };
        envelope.write()?;
        Ok(envelope)
    }

    /// Notes a deed that is about to be done.
    pub fn begin(&mut self, attack: &Attack, touched: Vec<String>) -> Result<()> {
        let finding = &attack.finding;
        self.attacks.push(Entry {
            name: attack.name,
            does: attack.does,
            tool: finding.tool,
            finding: attack.told(),
            mend: attack.mend,
            began: Timestamp::now(),
            ended: None,
            touched,
        });
        self.write()
    }

    /// Notes that the last deed is done, and what it touched.
    pub fn end(&mut self, touched: Vec<String>) -> Result<()> {
        if let Some(last) = self.attacks.last_mut() {
            last.ended = Some(Timestamp::now());
            last.touched = touched;
        }
        self.write()
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of what is in it now, as sha256sum prints it.
    pub fn seal(&self) -> String {
        Sha256::digest(self.text()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn text(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("it is plain data");
        format!("{text}\n")
    }

    /// Written whole or not at all, and readable by its owner alone.
    fn write(&self) -> Result<()> {
        let cannot = |error: &std::io::Error| {
            Error::new(Exit::Failed, format!("cannot write the envelope {}", self.path.display()))
                .caused_by(error)
        };
        let directory = match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let mut file = Builder::new()
            .permissions(PermissionsExt::from_mode(0o600))
            .tempfile_in(directory)
            .map_err(|error| cannot(&error))?;
        file.write_all(self.text().as_bytes())
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| cannot(&error))?;
        file.persist(&self.path).map_err(|error| cannot(&error.error)).map(drop)
    }
}
