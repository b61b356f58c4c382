//! What becomes of a stranger.

/// What its removal does to a stranger, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The deed, as people are asked about it (`delete`).
    pub deed: &'static str,
    /// What the stranger is then (`deleted`).
    pub done: &'static str,
    /// How to take that back, where it can be.
    pub back: Option<String>,
}

impl Fate {
    /// It goes, and does not come back.
    #[must_use]
    pub fn deleted() -> Self {
        Self { deed: "delete", done: "deleted", back: None }
    }
}
