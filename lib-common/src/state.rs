//! Where a tool keeps what must not enter a record: private keys.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::{Error, Exit, Result};

/// The directory of the tools' own state, `$XDG_STATE_HOME/ail`; it may not exist yet.
pub fn directory() -> Result<PathBuf> {
    let base = etcetera::base_strategy::Xdg::new().map_err(|error| {
        Error::new(Exit::Failed, "cannot tell where to keep private keys")
            .caused_by(&error)
            .next("set HOME or XDG_STATE_HOME")
    })?;
    let state = base.state_dir().unwrap_or_else(|| base.home_dir().join(".local/state"));
    Ok(state.join("ail"))
}

/// Writes a secret to a new file below [`directory`] that only its owner can read.
/// An existing file is never overwritten.
pub fn write_secret(name: &str, secret: &[u8]) -> Result<PathBuf> {
    let directory = directory()?;
    let path = directory.join(name);
    let fail = |error: &std::io::Error| {
        Error::new(Exit::Failed, format!("cannot write {}", path.display())).caused_by(error)
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&directory).map_err(|e| fail(&e))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(|e| fail(&e))?;
    file.write_all(secret).and_then(|()| file.sync_all()).map_err(|e| fail(&e))?;
    Ok(path)
}

/// Removes a file; that it is gone already is as good.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::new(Exit::Failed, format!("cannot remove {}", path.display()))
                .caused_by(&error))
        }
        _ => Ok(()),
    }
}
