//! Reading a published file to its end, over as many connections as that takes.

use std::sync::Arc;

use hyper::StatusCode;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Exit, Result};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::obstacle::Obstacle;
use crate::web::{Part, Web};

/// How often in a row nothing more may come before the file is given up. The pauses between
/// grow from half a second: a lost connection and a restarted server are outlived.
const TRIES: u32 = 5;
/// How often progress is shown; drawing it for each piece costs more than hashing it.
const STEP: u64 = 16 << 20;

/// By when everything is read.
#[derive(Clone, Debug)]
pub struct Deadline {
    pub at: Instant,
    /// As it was asked for: "6h".
    pub limit: String,
}

/// What becomes of the pieces.
pub trait Sink: Default {
    /// The most bytes that it takes.
    const MOST: u64;
    /// The most bytes that are asked for at once; none for all there are.
    const AT_ONCE: Option<u64>;
    fn take(&mut self, piece: &[u8]);
}

impl Sink for Sha256 {
    const MOST: u64 = u64::MAX;
    /// CloudFront answers with 50 GB at most, and refuses to send a larger file but by ranges
    /// (CloudFront Developer Guide, "Quotas"). A disk of 100 GiB comes in 13 of these: a web ACL
    /// that lets an address ask 100 times in five minutes is far away.
    const AT_ONCE: Option<u64> = Some(8 << 30);
    fn take(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

impl Sink for Vec<u8> {
    /// Sums and signature of a release of a hundred files are a few KiB.
    const MOST: u64 = 1 << 20;
    const AT_ONCE: Option<u64> = None;
    fn take(&mut self, piece: &[u8]) {
        self.extend_from_slice(piece);
    }
}

/// How far a file is read.
struct Reading<S> {
    sink: S,
    bytes: u64,
    /// Of what was begun with: what is read on must be that.
    etag: Option<String>,
    /// Whether only the next request tells if there is more.
    is_open: bool,
    /// The most that was ever read.
    furthest: u64,
    failures: u32,
}

/// Reads all of a file: what became of it, and its size.
pub async fn whole<S: Sink>(
    web: &Web,
    url: &Url,
    deadline: &Deadline,
    shown: &Task,
) -> Result<Result<(S, u64), Obstacle>> {
    let late = || Obstacle::Late(deadline.limit.clone());
    let left = deadline.at.saturating_duration_since(Instant::now());
    let reading = Arc::new(Mutex::new(Reading::<S>::new()));
    let ended = Waiter::new(format!("{url} to be read"), left)
        .until(shown, || {
            let reading = reading.clone();
            async move { Ok(reading.lock().await.go_on(web, url, shown).await) }
        })
        .await;
    let ended = match ended {
        Err(error) if error.exit() == Exit::TimedOut => Err(late()),
        ended => ended?,
    };
    let mut reading = reading.lock().await;
    Ok(ended.map(|()| (std::mem::take(&mut reading.sink), reading.bytes)))
}

impl<S: Sink> Reading<S> {
    fn new() -> Self {
        let sink = S::default();
        Self { sink, bytes: 0, etag: None, is_open: false, furthest: 0, failures: 0 }
    }

    async fn go_on(&mut self, web: &Web, url: &Url, shown: &Task) -> Seen<Result<(), Obstacle>> {
        let before = self.furthest;
        let obstacle = match self.read_on(web, url, shown).await {
            Ok(()) => return Seen::Ready(Ok(())),
            Err(obstacle) => obstacle,
        };
        tracing::info!(%obstacle, read = self.bytes, "cannot read {url}");
        self.failures = if self.furthest > before { 1 } else { self.failures + 1 };
        match obstacle.passes() && self.failures < TRIES {
            true => Seen::Pending(format!("reading on: {obstacle}")),
            false => Seen::Ready(Err(obstacle)),
        }
    }

    async fn read_on(&mut self, web: &Web, url: &Url, shown: &Task) -> Result<(), Obstacle> {
        while self.read_part(web, url, shown).await? {}
        Ok(())
    }

    /// Reads what one request brings. Whether there is more.
    async fn read_part(&mut self, web: &Web, url: &Url, shown: &Task) -> Result<bool, Obstacle> {
        let etag = self.etag.as_deref().filter(|_| self.bytes > 0);
        let first = etag.map_or(0, |_| self.bytes);
        let mut file = match web.get(url, Part { first, most: S::AT_ONCE, etag }).await {
            Err(Obstacle::Refused(StatusCode::RANGE_NOT_SATISFIABLE)) if self.is_open => {
                return Ok(false);
            }
            Err(Obstacle::Refused(
                StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE,
            )) => return Err(self.replaced()),
            answer => answer?,
        };
        // Not every server minds If-Match.
        if file.first > 0 && file.etag.is_some() && file.etag != self.etag {
            return Err(self.replaced());
        }
        if file.first != self.bytes {
            self.begin();
        }
        if file.first != self.bytes {
            return Err(Obstacle::Broken("another part came than was asked for".to_owned()));
        }
        if self.bytes == 0 {
            self.etag = file.etag.clone();
        }
        self.is_open = false;
        let mut next_step = self.bytes;
        while let Some(piece) = file.next().await? {
            if self.bytes + piece.len() as u64 > S::MOST {
                return Err(Obstacle::Large(S::MOST));
            }
            self.sink.take(&piece);
            self.bytes += piece.len() as u64;
            self.furthest = self.furthest.max(self.bytes);
            if self.bytes >= next_step {
                shown.bytes(self.bytes, file.bytes.unwrap_or(self.bytes));
                next_step = self.bytes + STEP;
            }
        }
        if let Some(end) = file.end.filter(|end| *end != self.bytes) {
            let all = file.bytes.unwrap_or(end);
            let why = format!("it ended after {} of {all} bytes", self.bytes);
            return Err(Obstacle::Broken(why));
        }
        // A part of a size that is not told ends the file where all the rest was asked for.
        self.is_open = !file.is_whole() && file.bytes.is_none() && S::AT_ONCE.is_some();
        Ok(self.is_open || file.bytes.is_some_and(|all| self.bytes < all))
    }

    fn replaced(&mut self) -> Obstacle {
        self.begin();
        Obstacle::Broken("it was replaced while it was read".to_owned())
    }

    /// From the first byte again.
    fn begin(&mut self) {
        (self.sink, self.bytes, self.etag, self.is_open) = (S::default(), 0, None, false);
    }
}

#[cfg(test)]
mod tests;
