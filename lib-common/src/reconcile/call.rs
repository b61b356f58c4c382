//! The call behind a deed, for people.

use super::{Difference, Found};

/// What is to be done to a resource.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// Make it.
    Create,
    /// Mend this fact. Of a list, the difference holds what is missing or what is extra.
    Mend(&'a Difference),
    /// Delete it.
    Delete,
    /// Remove this stranger.
    Remove(&'a Found),
}
