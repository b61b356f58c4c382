//! Who logs in where, and with which key.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use lib_common::record::{Instance, KeyPair, Provision};
use lib_common::{Error, Exit, Record, Result};

/// The way into the record's instance.
#[derive(Clone, Debug)]
pub struct Target {
    pub id: String,
    pub host: String,
    pub port: u16,
    pub user: String,
    pub key_file: PathBuf,
}

impl Target {
    /// Reads it from the record, and checks what can be checked without a call.
    pub fn of(record: &Record) -> Result<Self> {
        let instance: Instance = record.require()?;
        let key_pair: KeyPair = record.require()?;
        let empty = |name: &str| {
            Error::new(Exit::BadInput, "the input is not a record that this tool can read")
                .because(format!("instance.{name}: expected a name, found an empty string"))
        };
        if instance.host.is_empty() {
            return Err(empty("host"));
        }
        if instance.user.is_empty() {
            return Err(empty("user"));
        }
        Ok(Self {
            id: instance.id,
            host: instance.host,
            port: instance.port,
            user: instance.user,
            key_file: key_pair.file,
        })
    }

    /// Refuses an instance whose keys are gone: nobody gets in by key any more.
    pub fn with_keys(record: &Record) -> Result<Self> {
        let target = Self::of(record)?;
        let provision: Provision = record.get()?.unwrap_or_default();
        if provision.reset_password.is_some() {
            return Err(target.is_sealed());
        }
        target.check_key_file()?;
        Ok(target)
    }

    /// That an earlier run has set the password and removed the keys.
    pub fn is_sealed(&self) -> Error {
        Error::new(
            Exit::Exists,
            format!(
                "the default password of {} is set, and its SSH keys are removed: \
                 no key opens it any more",
                self.id
            ),
        )
        .next("make the image with `ail-ami create`: it needs no login")
    }

    /// `admin@192.0.2.7:22`
    pub fn address(&self) -> String {
        format!("{}@{}:{}", self.user, self.host, self.port)
    }

    /// `i-1 (admin@192.0.2.7:22)`
    pub fn label(&self) -> String {
        format!("{} ({})", self.id, self.address())
    }

    /// The name of the server in a known_hosts file (sshd(8)).
    pub fn known_host(&self) -> String {
        match self.port {
            22 => self.host.clone(),
            port => format!("[{}]:{port}", self.host),
        }
    }

    fn check_key_file(&self) -> Result<()> {
        let file = self.key_file.display();
        let metadata = std::fs::metadata(&self.key_file).map_err(|error| {
            let exit = match error.kind() {
                ErrorKind::NotFound => Exit::NotFound,
                ErrorKind::PermissionDenied => Exit::Permission,
                _ => Exit::Failed,
            };
            Error::new(exit, format!("cannot read the private key {file} of the record"))
                .caused_by(&error)
                .next("run this where the key pair was made; `ail-stack` removes a key with its stack")
        })?;
        // ssh(1) refuses such a key; say so before Ansible fails on it.
        match metadata.permissions().mode() & 0o077 {
            0 => Ok(()),
            _ => {
                Err(Error::new(Exit::Permission, format!("others can read the private key {file}"))
                    .next(format!("chmod 600 {file}")))
            }
        }
    }
}
