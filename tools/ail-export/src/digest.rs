//! The SHA-256 of an object, read once and never held as a whole.

use std::sync::Arc;

use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::place::Place;
use crate::stored::Stored;

/// How often progress is shown; drawing it for each chunk of some KiB costs more than
/// hashing the chunk.
const STEP: u64 = 16 << 20;

/// How far the reading is.
#[derive(Default)]
struct Reading {
    hash: Sha256,
    read: u64,
}

/// Reads the object and gives its SHA-256 in hex. Where the connection is lost it goes on
/// reading from there: a disk of many GiB rarely comes in one piece over a long line.
pub async fn sha256(
    place: &Place,
    key: &str,
    stored: &Stored,
    waiter: &Waiter,
    shown: &Task,
) -> Result<String> {
    let reading = Arc::new(Mutex::new(Reading::default()));
    waiter
        .until(shown, || {
            let reading = reading.clone();
            async move { read_on(place, key, stored, &mut *reading.lock().await, shown).await }
        })
        .await
        .map_err(place.cannot("read", key))?;
    let reading = std::mem::take(&mut *reading.lock().await);
    Ok(reading.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn read_on(
    place: &Place,
    key: &str,
    stored: &Stored,
    reading: &mut Reading,
    shown: &Task,
) -> Result<Seen<()>> {
    if reading.read == stored.bytes {
        return Ok(Seen::Ready(()));
    }
    let answer = place
        .s3
        .get_object()
        .bucket(&place.bucket)
        .key(key)
        .expected_bucket_owner(&place.account)
        // The object must not change between two pieces of it.
        .set_if_match(stored.etag.clone())
        .range(format!("bytes={}-", reading.read))
        .send()
        .await
        .during("GetObject")?;
    let mut body = answer.body;
    let mut next_step = reading.read;
    loop {
        match body.try_next().await {
            Ok(Some(chunk)) => {
                reading.hash.update(&chunk);
                reading.read += chunk.len() as u64;
                if reading.read >= next_step {
                    shown.bytes(reading.read, stored.bytes);
                    next_step = reading.read + STEP;
                }
            }
            Ok(None) if reading.read == stored.bytes => {
                shown.bytes(stored.bytes, stored.bytes);
                return Ok(Seen::Ready(()));
            }
            Ok(None) if reading.read > stored.bytes => {
                return Err(Error::new(Exit::Failed, "GetObject: more bytes came than it has"));
            }
            Ok(None) => return Ok(Seen::Pending("reading on: the answer ended early".to_owned())),
            Err(error) => {
                tracing::info!(%error, read = reading.read, "the connection was lost");
                return Ok(Seen::Pending("reading on: the connection was lost".to_owned()));
            }
        }
    }
}
