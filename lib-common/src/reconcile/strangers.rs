//! What is beside or within a resource, and that nobody planned.

use super::Found;
use crate::{Error, Result};

/// What nobody planned, as far as it could be read: a list that may not be read hides
/// nothing of the others.
#[derive(Debug, Default)]
pub struct Strangers {
    pub(super) found: Vec<Found>,
    pub(super) unreadable: Vec<(&'static str, Error)>,
}

impl Strangers {
    /// What the look for things of this kind (`security groups`) gave.
    #[must_use]
    pub fn listed(kind: &'static str, list: Result<Vec<Found>>) -> Self {
        match list {
            Ok(found) => Self { found, unreadable: Vec::new() },
            Err(error) => Self { found: Vec::new(), unreadable: vec![(kind, error)] },
        }
    }

    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.found.extend(other.found);
        self.unreadable.extend(other.unreadable);
        self
    }
}

impl FromIterator<Self> for Strangers {
    fn from_iter<T: IntoIterator<Item = Self>>(lists: T) -> Self {
        lists.into_iter().fold(Self::default(), Self::and)
    }
}
