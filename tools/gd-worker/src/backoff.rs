//! Growing pauses between tries.

use std::time::Duration;

use rand::RngExt;

/// Pauses that double, each with jitter, so that many workers do not try at one moment.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, next: first }
    }

    /// The pause before the next try.
    pub fn next_pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (2 * pause).min(self.longest);
        pause.mul_f64(rand::rng().random_range(0.75..1.25))
    }

    /// Begins again: a try went well.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again() {
        let mut backoff = Backoff::new(Duration::from_secs(4), Duration::from_secs(10));
        for about in [4.0, 8.0, 10.0, 10.0] {
            let pause = backoff.next_pause().as_secs_f64();
            assert!((0.75 * about..1.25 * about).contains(&pause), "{pause}");
        }
        backoff.reset();
        assert!(backoff.next_pause() < Duration::from_secs(5));
    }
}
