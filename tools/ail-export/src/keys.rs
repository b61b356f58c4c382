//! The keys of signatures, in minisign's format.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use lib_common::{Error, Exit, Result};
use minisign::{PublicKey, SecretKey, SecretKeyBox};

/// The password of an encrypted secret key.
pub const PASSWORD: &str = "AIL_SIGNING_PASSWORD";
/// The secret key itself, as a build has it from its secrets.
const KEY: &str = "AIL_SIGNING_KEY";

/// Where the secret key comes from. An argument is seen by every process of the machine:
/// a key is given by its file, or by the environment.
#[derive(Args)]
pub struct Source {
    /// File of the secret key [default: AIL_SIGNING_KEY_FILE; or the key is AIL_SIGNING_KEY]
    // One that is empty is taken, as a variable that is set to nothing: it is not set.
    #[arg(long, value_name = "FILE", env = "AIL_SIGNING_KEY_FILE", hide_env = true,
          value_parser = OsStringValueParser::new().map(PathBuf::from))]
    secret_key: Option<PathBuf>,

    /// Write the sums alone; nobody can tell then who did
    #[arg(long)]
    unsigned: bool,
}

/// A secret key and its public one.
pub struct Keys {
    pub secret: SecretKey,
    pub public: PublicKey,
}

/// By what a release is to be signed.
pub enum Choice {
    Signed(Keys),
    /// By nothing: that was asked for.
    Unsigned,
    /// It is not said.
    Open,
}

impl Source {
    pub fn choice(&self) -> Result<Choice> {
        let file = self.secret_key.as_ref().filter(|file| !file.as_os_str().is_empty());
        match (self.unsigned, file) {
            (true, Some(_)) => Err(Error::new(Exit::Usage, "a key is given, and --unsigned")
                .next("give --unsigned alone (AIL_SIGNING_KEY_FILE gives a key, too)")),
            (true, None) => Ok(Choice::Unsigned),
            (false, _) => Ok(self.read()?.map_or(Choice::Open, Choice::Signed)),
        }
    }

    /// The keys, if any are given.
    fn read(&self) -> Result<Option<Keys>> {
        let file = self.secret_key.as_ref().filter(|file| !file.as_os_str().is_empty());
        let (text, whence) = match (file, variable(KEY)) {
            (Some(file), _) => (contents(file)?, file.display().to_string()),
            (None, Some(text)) => (text, KEY.to_owned()),
            (None, None) => return Ok(None),
        };
        let unusable = |error: &dyn std::fmt::Display| {
            let error =
                Error::new(Exit::BadInput, format!("cannot use the secret key of {whence}"))
                    .because(error);
            error.next("make one with `ail-export keygen FILE`, or `minisign -G`")
        };
        let secret = secret(&text).map_err(|error| unusable(&error))?;
        let public = PublicKey::from_secret_key(&secret).map_err(|error| unusable(&error))?;
        Ok(Some(Keys { secret, public }))
    }
}

fn contents(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| {
        Error::new(Exit::BadInput, format!("cannot read the key in {}", file.display()))
            .caused_by(&error)
    })
}

/// A variable of the environment; one that is set to nothing is not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The key of a file's text: a comment and the key, or the key alone.
fn secret(text: &str) -> Result<SecretKey, String> {
    let key = last_line(text).ok_or("it is empty")?;
    let key = || SecretKeyBox::from(format!("untrusted comment: \n{key}\n"));
    let plain = match key().into_unencrypted_secret_key() {
        Ok(secret) => return Ok(secret),
        Err(error) => error.to_string(),
    };
    // Only a key of the right shape can be an encrypted one; minisign says no more than this.
    if plain != "Key might be encrypted" {
        return Err(plain);
    }
    let password = variable(PASSWORD)
        .ok_or_else(|| format!("it is encrypted, and {PASSWORD} has no password"))?;
    key().into_secret_key(Some(password)).map_err(|error| error.to_string())
}

/// A public key: of a file, or the key itself (`RW…`).
pub fn public(given: &str) -> Result<PublicKey> {
    let text = match Path::new(given).exists() {
        true => contents(Path::new(given))?,
        false => given.to_owned(),
    };
    PublicKey::from_base64(last_line(&text).unwrap_or_default()).map_err(|error| {
        Error::new(Exit::Usage, format!("{given:?} is neither a public key nor a file of one"))
            .because(error)
            .next("give what `ail-export keygen` or `minisign -G` printed, RW…, or its file")
    })
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;

    use super::*;

    #[test]
    fn a_key_is_read_with_its_comment_and_without() {
        let pair = KeyPair::generate_unencrypted_keypair().expect("keys");
        let text = pair.sk.to_box(None).expect("a box").into_string();
        let bare = text.lines().nth(1).expect("the key").to_owned();
        for text in [text, bare] {
            assert_eq!(secret(&text).expect("a key").to_bytes(), pair.sk.to_bytes());
        }
        let given = pair.pk.to_base64();
        let boxed = pair.pk.to_box().expect("a box").into_string();
        assert_eq!(public(&given).expect("a key"), pair.pk);
        assert_eq!(public(&boxed).expect("a key"), pair.pk);
    }

    #[test]
    fn what_is_no_key_says_so() {
        assert_eq!(secret(" \n").map(drop), Err("it is empty".to_owned()));
        assert!(secret("untrusted comment: x\nAAAA\n").is_err());
        let error = public("RWx").expect_err("it is too short");
        assert_eq!(error.exit(), Exit::Usage);
    }
}
