//! `ail-export keygen`.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use lib_common::{Context, Error, Exit, Outcome, Result, lines};
use minisign::KeyPair;

use crate::keys;

/// Where the keys go.
#[derive(Args)]
pub struct Options {
    /// File of the secret key; the public one goes into FILE.pub
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let secret_file = &options.file;
    let mut public_file = secret_file.clone().into_os_string();
    public_file.push(".pub");
    let public_file = PathBuf::from(public_file);
    for file in [secret_file, &public_file] {
        if file.exists() {
            return Err(Error::new(Exit::Exists, format!("{} exists already", file.display()))
                .next("a lost key cannot be made again: choose another file"));
        }
    }
    if context.options().dry_run {
        let (secret, public) = (secret_file.display(), public_file.display());
        lines::print(&format!("would write a secret key to {secret}\n"))?;
        lines::print(&format!("would write its public key to {public}\n"))?;
        return Ok(Outcome::printed());
    }
    let pair = match keys::variable(keys::PASSWORD) {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let failed = |error: &minisign::PError| {
        Error::new(Exit::Failed, "cannot make a key pair").because(error)
    };
    let pair = pair.map_err(|error| failed(&error))?;
    let secret = pair.sk.to_box(None).map_err(|error| failed(&error))?.into_string();
    let public = pair.pk.to_box().map_err(|error| failed(&error))?.into_string();
    write(secret_file, &secret, 0o600)?;
    write(&public_file, &public, 0o644)?;
    lines::print(&format!("{}\n", pair.pk.to_base64()))?;
    Ok(Outcome::printed())
}

fn write(file: &Path, text: &str, mode: u32) -> Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(file);
    let written = opened.and_then(|mut opened| {
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    });
    written.map_err(|error| {
        Error::new(Exit::Failed, format!("cannot write {}", file.display())).caused_by(&error)
    })
}
