//! Fetching montages. Keys come from messages, which anybody who can send may write: no key
//! names a file outside the directory.

use std::fmt::Write as _;
use std::fs::Permissions;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use aws_sdk_s3::Client;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};
use tempfile::NamedTempFile;

/// What the keys of all montages begin with.
const PREFIX: &str = "out/";
/// The longest name that Linux file systems take (limits.h, NAME_MAX), less the name of the
/// unfinished file.
const LONGEST: usize = 200;

/// Where montages are fetched from and to.
pub struct Downloads {
    directory: PathBuf,
    s3: Client,
    bucket: String,
}

impl Downloads {
    /// Fetches into this directory, which is made where it is not there.
    pub fn into(directory: &Path, s3: Client, bucket: String) -> Result<Self> {
        std::fs::create_dir_all(directory).map_err(|error| {
            let what = format!("cannot make the directory {}", directory.display());
            Error::new(Exit::Failed, what).caused_by(&error)
        })?;
        Ok(Self { directory: directory.to_owned(), s3, bucket })
    }

    /// Fetches an object, and tells its file. The file has its name only once it is whole; one
    /// that is there and as long as the object is taken for it.
    pub async fn fetch(&self, key: &str) -> Result<String> {
        let path = self.directory.join(file_name(key)?);
        let at = || format!("s3://{}/{key}", self.bucket);
        let asked = self.s3.get_object().bucket(&self.bucket).key(key).send().await;
        let mut object = asked
            .during("GetObject")
            .map_err(|error| error.context(format!("cannot fetch {}", at())))?;
        let length = object.content_length().and_then(|length| u64::try_from(length).ok());
        if std::fs::metadata(&path).is_ok_and(|file| file.is_file() && Some(file.len()) == length) {
            return Ok(path.display().to_string());
        }
        let local = |error: std::io::Error| {
            let what = format!("cannot write {}", path.display());
            Error::new(Exit::Failed, what).caused_by(&error)
        };
        let mut file = unfinished(&self.directory, &path).map_err(local)?;
        let mut written = 0;
        while let Some(chunk) = object.body.next().await {
            let chunk = chunk.map_err(|error| {
                Error::new(Exit::Temporary, format!("cannot fetch {}", at())).caused_by(&error)
            })?;
            file.write_all(&chunk).map_err(local)?;
            written += chunk.len() as u64;
        }
        if length.is_some_and(|length| length != written) {
            return Err(Error::new(Exit::Temporary, format!("cannot fetch {}", at()))
                .because(format!("it broke off after {written} bytes")));
        }
        file.persist(&path).map_err(|error| local(error.error))?;
        Ok(path.display().to_string())
    }
}

/// A file beside the one that it will be; it goes if it never becomes that.
fn unfinished(directory: &Path, path: &Path) -> std::io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".part")
        // As a file that any other program makes: the umask takes away from it.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(directory)
}

/// The file of a key: what is neither letter, digit, dot, dash nor underscore is written as
/// %XX, so that no two keys share a file, and none leaves the directory or hides in it.
fn file_name(key: &str) -> Result<String> {
    let wrong =
        |why: String| Error::new(Exit::BadInput, format!("{key:?} is no key of a montage: {why}"));
    let Some(name) = key.strip_prefix(PREFIX) else {
        return Err(wrong(format!("it does not begin with {PREFIX}")));
    };
    let mut file = String::new();
    for (at, byte) in name.bytes().enumerate() {
        match byte {
            b'.' if at == 0 => file.push_str("%2E"),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                file.push(char::from(byte));
            }
            other => {
                let _ = write!(file, "%{other:02X}");
            }
        }
    }
    match file.len() {
        1..=LONGEST => Ok(file),
        0 => Err(wrong("it names nothing".to_owned())),
        n => Err(wrong(format!("its file would have a name of {n} bytes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn no_key_leaves_the_directory() {
        for (key, file) in [
            ("out/4aac.jpg", "4aac.jpg"),
            ("out/../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            ("out//etc/passwd", "%2Fetc%2Fpasswd"),
            ("out/..", "%2E."),
            ("out/.bashrc", "%2Ebashrc"),
            ("out/a b\0%2E.jpg", "a%20b%00%252E.jpg"),
            ("out/ä", "%C3%A4"),
        ] {
            assert_eq!(file_name(key).expect("it has a name"), file, "{key}");
        }
        for key in ["out/", "/etc/passwd", "..", "secret.txt", &format!("out/{:201}", "x")] {
            assert!(file_name(key).is_err(), "{key}");
        }
    }
}
