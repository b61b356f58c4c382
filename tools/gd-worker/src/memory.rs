//! A bound on the memory of all jobs together.
//!
//! What a job needs is known before it is taken: the number of its images, the length that
//! a server announces (or the most that is taken), the head of an image. Each kind of need
//! has its share, and whatever holds room in one share waits only for room in a later one
//! (montages, then bodies, then decoding), so that no two jobs wait for each other.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The unit in which room is counted: one permit.
const UNIT: u64 = 1024;

/// The shares of the memory.
#[derive(Clone, Debug)]
pub struct Memory {
    /// For thumbnails and the montage made of them: a quarter.
    pub montages: Share,
    /// For images as they came: a quarter.
    pub bodies: Share,
    /// For decoding: half.
    pub decoding: Share,
}

impl Memory {
    /// Divides `bytes`.
    pub fn new(bytes: u64) -> Self {
        Self {
            montages: Share::new(bytes / 4),
            bodies: Share::new(bytes / 4),
            decoding: Share::new(bytes / 2),
        }
    }
}

/// One share of it.
#[derive(Clone, Debug)]
pub struct Share {
    permits: Arc<Semaphore>,
    whole: u64,
}

/// Room that was taken; it is given back when this is dropped.
#[derive(Debug)]
pub struct Room(OwnedSemaphorePermit);

/// More was asked for than the whole share has.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it takes {} MiB of memory, more than the {} MiB there are", .needed >> 20, .whole >> 20)]
pub struct TooMuch {
    needed: u64,
    whole: u64,
}

impl Share {
    fn new(bytes: u64) -> Self {
        Self { permits: Arc::new(Semaphore::new(units(bytes) as usize)), whole: bytes }
    }

    /// All that it has, in bytes.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// Takes room for `bytes`, as soon as there is.
    pub async fn take(&self, bytes: u64) -> Result<Room, TooMuch> {
        if bytes > self.whole {
            return Err(TooMuch { needed: bytes, whole: self.whole });
        }
        // What begins a unit takes all of it, but never more than there is.
        let wanted = units(bytes.next_multiple_of(UNIT)).min(units(self.whole));
        let permit = self.permits.clone().acquire_many_owned(wanted).await;
        Ok(Room(permit.expect("the semaphore is never closed")))
    }
}

impl Room {
    /// Gives back what is not needed.
    pub fn shrink_to(&mut self, bytes: u64) {
        let excess =
            self.0.num_permits().saturating_sub(units(bytes.next_multiple_of(UNIT)) as usize);
        drop(self.0.split(excess));
    }
}

fn units(bytes: u64) -> u32 {
    u32::try_from(bytes / UNIT).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_taken_shrunk_and_given_back() {
        let share = Share::new(10 << 20);
        let mut first = share.take(8 << 20).await.expect("there is room");
        assert_eq!(share.permits.available_permits(), 2 << 10);
        first.shrink_to(3 << 20);
        let second = share.take(7 << 20).await.expect("there is room");
        assert_eq!(share.permits.available_permits(), 0);
        drop((first, second));
        assert_eq!(share.permits.available_permits(), 10 << 10);
    }

    #[tokio::test]
    async fn more_than_there_is_is_refused_at_once() {
        let error = Share::new(10 << 20).take(11 << 20).await.expect_err("too much");
        assert_eq!(error.to_string(), "it takes 11 MiB of memory, more than the 10 MiB there are");
    }
}
