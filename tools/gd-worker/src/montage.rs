//! A job's images, fetched and made into one.

use std::sync::Arc;

use futures::StreamExt;
use gd_montage::{Header, Picture, Refusal, THUMBNAIL, polaroids, row};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::fetch::{Failure, Fetcher};
use crate::job::Job;
use crate::memory::Memory;

/// How many images of one job are fetched at a time: browsers take six of one host, and the
/// images of a job come from several.
const AT_A_TIME: usize = 16;

/// What one image takes of a montage in its making: the thumbnail of 400 by 400, its place
/// in the row, and a JPEG of both.
pub const ROOM: u64 = 1_250_000;

/// How a URL is told where it failed: enough to know it by.
const TOLD: usize = 1_000;

/// An image that is not in the montage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failed {
    /// Its URL, or what stood in its place.
    pub url: String,
    /// Why.
    pub reason: String,
}

impl Failed {
    pub fn new(url: &str, reason: &str) -> Self {
        Self { url: url[..url.floor_char_boundary(TOLD)].to_owned(), reason: reason.to_owned() }
    }
}

/// What is in a montage, and what is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How many images.
    pub images: usize,
    /// Those that failed.
    pub failed: Vec<Failed>,
    /// The size of the JPEG.
    pub bytes: u64,
}

/// How the thumbnails are laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Upright, in white frames
    Row,
    /// As tilted instant photographs
    Polaroids,
}

/// Makes montages.
#[derive(Clone, Debug)]
pub struct Studio {
    pub fetcher: Fetcher,
    pub memory: Memory,
    /// As many as there are cores to decode on.
    pub hands: Arc<Semaphore>,
    /// The most pixels of an image.
    pub most_pixels: u64,
    pub style: Style,
}

/// What came of a job's images.
#[derive(Debug)]
pub enum Made {
    /// A montage of those that could be had.
    Montage(Vec<u8>, Report),
    /// None could be had.
    Nothing {
        failed: Vec<Failed>,
        /// Whether one of them may be there later.
        passing: bool,
    },
}

impl Studio {
    /// Makes the montage of a job.
    pub async fn make(&self, job: &Job) -> Made {
        let room = self.memory.montages.take(ROOM * job.urls.len() as u64).await;
        let _room = match room {
            Ok(room) => room,
            Err(error) => return nothing(job, &Failure::lasting(error.to_string())),
        };
        let thumbnails: Vec<_> = job.urls.iter().map(|url| self.thumbnail(url)).collect();
        let thumbnails = futures::stream::iter(thumbnails).buffered(AT_A_TIME);
        let thumbnails: Vec<_> = thumbnails.collect().await;
        let (mut made, mut failed, mut passing) = (Vec::new(), Vec::new(), false);
        for (url, thumbnail) in job.urls.iter().zip(thumbnails) {
            match thumbnail {
                Ok(thumbnail) => made.push(thumbnail),
                Err(failure) => {
                    passing |= failure.is_passing();
                    failed.push(Failed::new(url, &failure.to_string()));
                }
            }
        }
        if made.is_empty() {
            return Made::Nothing { failed, passing };
        }
        let images = made.len();
        let (style, seed) = (self.style, job.seed());
        let laid = self.by_hand(move || match style {
            Style::Row => row(made).to_jpeg(),
            Style::Polaroids => polaroids(made, seed).to_jpeg(),
        });
        match laid.await {
            Ok(jpeg) => {
                let bytes = jpeg.len() as u64;
                Made::Montage(jpeg, Report { images, failed, bytes })
            }
            Err(failure) => nothing(job, &failure),
        }
    }

    async fn thumbnail(&self, url: &str) -> Result<Picture, Failure> {
        let fetched = self.fetcher.fetch(url).await?;
        let (header, fetched) =
            self.by_hand(move || Ok((Header::read(&fetched.bytes)?, fetched))).await?;
        if header.pixels() > self.most_pixels {
            let Header { width, height, .. } = header;
            let most = self.most_pixels;
            let reason = format!("{width} x {height} pixels, more than {most} in all");
            return Err(Failure::lasting(reason));
        }
        let room = self.memory.decoding.take(header.working_memory).await;
        let room = room.map_err(|error| Failure::lasting(error.to_string()))?;
        self.by_hand(move || {
            let thumbnail = header.thumbnail(&fetched.bytes, THUMBNAIL);
            drop((room, fetched));
            thumbnail
        })
        .await
    }

    /// Runs work for a core, when one is free.
    async fn by_hand<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Failure> {
        let hand = self.hands.clone().acquire_owned().await.expect("the semaphore stays open");
        let done = spawn_blocking(move || {
            let done = work();
            drop(hand);
            done
        });
        match done.await {
            Ok(result) => result.map_err(|refusal| lasting(&refusal)),
            // A decoder that panics on a broken image fails that image alone.
            Err(_) => Err(Failure::lasting("its decoder failed")),
        }
    }
}

fn lasting(refusal: &Refusal) -> Failure {
    Failure::lasting(refusal.to_string())
}

fn nothing(job: &Job, failure: &Failure) -> Made {
    let failed = job.urls.iter().map(|url| Failed::new(url, &failure.to_string()));
    Made::Nothing { failed: failed.collect(), passing: failure.is_passing() }
}
