//! The bucket of the montages, and how it is found.

use lib_common::{Context, Error, Exit, Record, Result};

use crate::names::Names;

/// The name of the bucket.
pub async fn of(_context: &Context, names: &Names, record: &mut Record) -> Result<String> {
    names.bucket(record)?.ok_or_else(|| {
        Error::new(Exit::Usage, "the bucket of the montages is not known")
            .next("give --bucket, or the record of `gd-queue up` by --queues")
    })
}
