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
    fn take(&mut self, piece: &[u8]);
}

impl Sink for Sha256 {
    const MOST: u64 = u64::MAX;
    fn take(&mut self, piece: &[u8]) {
        self.update(piece);
    }
}

impl Sink for Vec<u8> {
    /// Sums and signature of a release of a hundred files are a few KiB.
    const MOST: u64 = 1 << 20;
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
    let reading = Reading { sink: S::default(), bytes: 0, etag: None, furthest: 0, failures: 0 };
    let reading = Arc::new(Mutex::new(reading));
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
        let part = self.etag.as_deref().filter(|_| self.bytes > 0);
        let part = part.map(|etag| Part { first: self.bytes, etag });
        let mut file = match web.get(url, part).await {
            Err(Obstacle::Refused(
                StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE,
            )) => {
                self.begin();
                return Err(Obstacle::Broken("it was replaced while it was read".to_owned()));
            }
            answer => answer?,
        };
        if file.first != self.bytes {
            self.begin();
        }
        if file.first != self.bytes {
            return Err(Obstacle::Broken("another part came than was asked for".to_owned()));
        }
        self.etag = file.etag.clone();
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
        match file.bytes {
            Some(all) if all != self.bytes => {
                let why = format!("it ended after {} of {all} bytes", self.bytes);
                Err(Obstacle::Broken(why))
            }
            _ => Ok(()),
        }
    }

    /// From the first byte again.
    fn begin(&mut self) {
        (self.sink, self.bytes, self.etag) = (S::default(), 0, None);
    }
}
