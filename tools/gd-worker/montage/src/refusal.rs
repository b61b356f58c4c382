//! Why an image gives no thumbnail.

use crate::Kind;

/// What a step gives.
pub type Result<T, E = Refusal> = std::result::Result<T, E>;

/// Why an image gives no thumbnail, as its sender reads it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not one of the formats.
    #[error("neither JPEG, PNG, GIF nor WebP: it looks like {0}")]
    NotAnImage(&'static str),
    /// It has no pixels.
    #[error("a {0} of {1} x {2} pixels")]
    Empty(Kind, u32, u32),
    /// It ends before its last pixel.
    #[error("the {0} is cut off")]
    CutOff(Kind),
    /// It is not what its format asks for.
    #[error("a broken {0}: {1}")]
    Broken(Kind, String),
    /// A part of its format that is not decoded.
    #[error("a {0} of a kind that is not read: {1}")]
    Unread(Kind, &'static str),
}
