//! The bucket that disks lie in, as all that only reads and writes objects needs it.

use lib_common::Error;

/// A bucket of an account's.
#[derive(Clone, Debug)]
pub struct Place {
    pub s3: aws_sdk_s3::Client,
    pub bucket: String,
    /// The account that must own the bucket. S3 refuses each call whose bucket has
    /// meanwhile become another's.
    pub account: String,
}

impl Place {
    /// An object as people write it.
    pub fn s3(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    /// Puts the object above what failed with it.
    pub fn cannot(&self, what: &str, key: &str) -> impl FnOnce(Error) -> Error + use<> {
        let sentence = format!("cannot {what} {}", self.s3(key));
        move |error| error.context(sentence)
    }
}
