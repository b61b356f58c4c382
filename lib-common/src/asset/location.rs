//! Where an object or an upload lies, in the form of an asset line's id.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Exit};

/// `s3://BUCKET/KEY`, with `?versionId=V` for one version of a versioned object and
/// `?uploadId=U` for an unfinished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version, where the bucket keeps versions.
    pub version: Option<String>,
    /// The upload, where it is one.
    pub upload: Option<String>,
}

const VERSION: &str = "?versionId=";
const UPLOAD: &str = "?uploadId=";

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)?;
        if let Some(version) = &self.version {
            write!(f, "{VERSION}{version}")?;
        }
        if let Some(upload) = &self.upload {
            write!(f, "{UPLOAD}{upload}")?;
        }
        Ok(())
    }
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (rest, upload) = cut(text, UPLOAD);
        let (rest, version) = cut(rest, VERSION);
        rest.strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
            .map(|(bucket, key)| Self {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                version,
                upload,
            })
            .ok_or_else(|| {
                Error::new(Exit::BadInput, format!("expected s3://BUCKET/KEY, found {text:?}"))
            })
    }
}

fn cut<'a>(text: &'a str, mark: &str) -> (&'a str, Option<String>) {
    match text.rsplit_once(mark) {
        Some((rest, id)) => (rest, Some(id.to_owned())),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_as_it_is_written() {
        for text in [
            "s3://bucket/ai_lab/1.0/ai-lab-1.0.vmdk",
            "s3://bucket/a?b#c/d e",
            "s3://bucket/key?versionId=3sL4.kq_tJ-lrW",
            "s3://bucket/key?uploadId=VXBs.b2Fk_-IA",
        ] {
            let location: Location = text.parse().expect("a location");
            assert_eq!(location.to_string(), text);
        }
        let location: Location = "s3://b/k?versionId=1".parse().expect("a location");
        assert_eq!((location.key.as_str(), location.version.as_deref()), ("k", Some("1")));
    }

    #[test]
    fn what_is_no_location_is_refused() {
        for text in ["", "bucket/key", "s3://bucket", "s3:///key", "s3://bucket/"] {
            let error = text.parse::<Location>().expect_err("refused");
            assert_eq!(error.to_string(), format!("expected s3://BUCKET/KEY, found {text:?}"));
        }
    }
}
