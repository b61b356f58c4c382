//! What Ansible plays: the built-in roles, or a playbook of one's own.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use lib_common::{Error, Exit, Result};

/// Roles, playbooks and the callback plugin, as they lie beside this crate.
static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/ansible");

/// A playbook.
#[derive(Clone, Debug)]
pub enum Playbook {
    /// One of the built-in playbooks.
    BuiltIn(&'static str),
    /// A file of the user's.
    Own(PathBuf),
}

impl Playbook {
    /// The playbook of a directory (its site.yml or main.yml), or the file itself.
    pub fn own(path: &Path) -> Result<Self> {
        const NAMES: [&str; 4] = ["site.yml", "site.yaml", "main.yml", "main.yaml"];
        let found = match path.is_dir() {
            false => path.is_file().then(|| path.to_owned()),
            true => NAMES.iter().map(|name| path.join(name)).find(|file| file.is_file()),
        };
        let missing = |why: &str| {
            Error::new(Exit::NotFound, format!("there is no playbook at {}", path.display()))
                .because(why)
        };
        let file = found.ok_or_else(|| match path.exists() {
            true => missing("the directory has neither site.yml nor main.yml"),
            false => missing("there is no such file or directory"),
        })?;
        std::fs::canonicalize(&file).map(Self::Own).map_err(|error| missing(&error.to_string()))
    }

    /// The playbook's file, once the embedded files lie at `embedded`.
    pub fn file(&self, embedded: &Path) -> PathBuf {
        match self {
            Self::BuiltIn(name) => embedded.join(name),
            Self::Own(file) => file.clone(),
        }
    }

    /// What a sentence calls it.
    pub fn label(&self) -> String {
        match self {
            Self::BuiltIn(name) => format!("the built-in {name}"),
            Self::Own(file) => file.display().to_string(),
        }
    }
}

/// Writes the embedded files to a directory.
pub fn extract(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir(directory)?;
    EMBEDDED.extract(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_files_are_complete() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let embedded = directory.path().join("ansible");
        extract(&embedded).expect("written");
        for file in ["site.yml", "reset_password.yml", "callbacks/ail_events.py"] {
            assert!(embedded.join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn a_directory_has_its_site_or_main() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let refused = Playbook::own(directory.path()).expect_err("empty");
        assert_eq!(refused.exit(), Exit::NotFound);
        std::fs::write(directory.path().join("main.yml"), "[]").expect("written");
        let label = Playbook::own(directory.path()).expect("found").label();
        assert!(label.ends_with("/main.yml"), "{label}");
        Playbook::own(&directory.path().join("no")).expect_err("missing");
    }
}
