//! One montage of many images, decoding no more of each than a thumbnail takes.
//!
//! [`Header::read`] looks at the first bytes only and says what the whole would cost: the
//! caller decides before anything is decoded. [`Header::thumbnail`] decodes at reduced
//! scale: JPEG by the scaled DCT, PNG and GIF row by row through a running average.

mod gif;
mod header;
mod jpeg;
mod kind;
mod orientation;
mod picture;
mod png;
mod polaroid;
mod refusal;
mod resize;
mod row;
mod shrink;
mod webp;

pub use header::Header;
pub use kind::Kind;
pub use picture::Picture;
pub use polaroid::polaroids;
pub use refusal::{Refusal, Result};
pub use row::{MOST_IN_A_ROW, row};

/// The side of the square into which a thumbnail fits.
pub const THUMBNAIL: u32 = 400;
