//! The files of a release of which nothing is known, because they could not be read.

use lib_common::{Error, Exit, Outcome, Result};
use url::Url;

use crate::obstacle::Obstacle;

#[derive(Default)]
pub struct Unread(Vec<(String, Obstacle)>);

impl Unread {
    pub fn push(&mut self, name: &str, obstacle: Obstacle) {
        self.0.push((name.to_owned(), obstacle));
    }

    pub fn told(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, obstacle)| format!("{name} could not be read: {obstacle}"))
    }

    /// How a verification ends that found nothing wrong in what could be read.
    pub fn outcome(&self, all: usize, sums: &Url) -> Result<Outcome> {
        let Some((_, worst)) = self.0.iter().max_by_key(|(_, obstacle)| weight(obstacle)) else {
            return Ok(Outcome::printed());
        };
        let what = format!("{} of {all} files beside {sums} could not be read", self.0.len());
        let error = Error::new(exit(worst), what).next(worst.next());
        let causes = self.0.iter().map(|(name, obstacle)| format!("{name}: {obstacle}"));
        Err(causes.fold(error, Error::because))
    }
}

/// The sums came from that very host: that it does not answer any more passes.
fn exit(obstacle: &Obstacle) -> Exit {
    match obstacle {
        Obstacle::Unreachable(_) => Exit::Temporary,
        other => other.exit(),
    }
}

/// What does not pass by itself weighs more.
fn weight(obstacle: &Obstacle) -> u8 {
    match exit(obstacle) {
        Exit::Temporary => 0,
        Exit::TimedOut => 1,
        _ => 2,
    }
}
