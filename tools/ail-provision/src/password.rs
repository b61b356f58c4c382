//! The default password: where it comes from, and its hash.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use lib_common::{Error, Exit, Result};
use rand::RngExt;
use sha_crypt::{PasswordHasher, ShaCrypt};

const VARIABLE: &str = "AIL_DEFAULT_PASSWORD";

/// More than anybody types at a first login, and well below what PAM takes (512 bytes,
/// PAM_MAX_RESP_SIZE).
const LONGEST: usize = 128;

/// Where the password comes from; the environment, where no option says it.
#[derive(Args)]
pub struct Source {
    /// File with the password; a line break at its end is not part of it [default: the password
    /// itself in AIL_DEFAULT_PASSWORD]
    #[arg(long, value_name = "FILE", conflicts_with = "password_fd")]
    password_file: Option<PathBuf>,

    /// Open descriptor to read the password from, 3 or above
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(3..))]
    password_fd: Option<u16>,
}

/// A password. It is printed nowhere.
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Password {
    /// The text, for those who must send it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its hash for crypt(3): SHA-512 and a salt of its own.
    pub fn hash(&self) -> String {
        // 12 bytes are the 16 characters that SHA-crypt takes.
        let salt: [u8; 12] = rand::rng().random();
        let hash = ShaCrypt::default().hash_password_with_salt(self.0.as_bytes(), &salt);
        hash.expect("a password and a salt of this size can be hashed").to_string()
    }

    fn checked(bytes: Vec<u8>, from: &str) -> Result<Self> {
        let wrong = |why: &str| {
            Error::new(Exit::BadInput, format!("the password in {from} cannot be used"))
                .because(why)
        };
        let mut text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8"))?;
        if text.ends_with('\n') {
            text.pop();
            if text.ends_with('\r') {
                text.pop();
            }
        }
        if text.is_empty() {
            return Err(wrong("it is empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(wrong("it has a line break or another control character inside"));
        }
        if text.len() > LONGEST {
            return Err(wrong(&format!("it is longer than {LONGEST} bytes")));
        }
        Ok(Self(text))
    }
}

impl Source {
    /// Reads the password.
    pub fn read(&self) -> Result<Password> {
        if let Some(file) = &self.password_file {
            return read(file, &file.display().to_string());
        }
        if let Some(fd) = self.password_fd {
            return read(Path::new(&format!("/dev/fd/{fd}")), &format!("descriptor {fd}"));
        }
        match std::env::var_os(VARIABLE) {
            Some(text) => Password::checked(text.into_encoded_bytes(), VARIABLE),
            None => Err(Error::new(Exit::Usage, "no default password is given")
                .next(format!("give --password-file FILE or --password-fd N, or set {VARIABLE}"))),
        }
    }
}

/// The variables that carry the password, which no child process needs to see.
pub fn variables() -> [&'static str; 1] {
    [VARIABLE]
}

fn read(path: &Path, from: &str) -> Result<Password> {
    let mut bytes = Vec::new();
    // A wrong file may be a large one, or one without an end.
    let limit = LONGEST as u64 + 3;
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(
        |error| {
            Error::new(Exit::BadInput, format!("cannot read the password from {from}"))
                .caused_by(&error)
        },
    )?;
    Password::checked(bytes, from)
}

#[cfg(test)]
mod tests {
    use sha_crypt::PasswordVerifier;

    use super::*;

    fn checked(bytes: &[u8]) -> Result<String> {
        Password::checked(bytes.to_vec(), "FILE").map(|password| password.0)
    }

    #[test]
    fn one_line_break_at_the_end_is_not_part_of_it() {
        assert_eq!(checked(b"start 12\n").expect("valid"), "start 12");
        assert_eq!(checked(b"start\r\n").expect("valid"), "start");
        assert_eq!(checked("schön".as_bytes()).expect("valid"), "schön");
    }

    #[test]
    fn what_nobody_could_type_is_refused_without_showing_it() {
        for (bytes, why) in [
            (&b""[..], "it is empty"),
            (b"\n", "it is empty"),
            (b"secret\nsecret", "control character"),
            (b"secret\0", "control character"),
            (b"secret\xff", "not UTF-8"),
            (&[b's'; 129], "longer than 128 bytes"),
        ] {
            let error = checked(bytes).expect_err("refused");
            assert_eq!(error.exit(), Exit::BadInput);
            assert!(error.to_string().contains(why), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn each_hash_has_its_salt_and_verifies() {
        let password = Password("start-1234".to_owned());
        let (one, other) = (password.hash(), password.hash());
        assert_ne!(one, other);
        assert!(one.starts_with("$6$"), "{one}");
        ShaCrypt::default().verify_password(b"start-1234", one.as_str()).expect("the same");
        ShaCrypt::default().verify_password(b"start-1235", one.as_str()).expect_err("another");
    }

    #[test]
    fn the_hash_is_that_of_other_programs() {
        // openssl passwd -6 -salt saltsalt start-1234
        let openssl = "$6$saltsalt$cotOjNew0b.mN9QEr1jEz4ldZhiLhfbUIalZkthC1IskASo/JhJwSRoVw1YoROcR2vFrAadxIwYBSNJlbjv02.";
        ShaCrypt::default().verify_password(b"start-1234", openssl).expect("the same");
    }

    #[test]
    fn it_is_not_printed() {
        assert_eq!(format!("{:?}", Password("secret".to_owned())), "Password(…)");
    }
}
