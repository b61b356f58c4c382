//! What an image says of itself, before anything is decoded.

use crate::{Kind, Picture, Refusal, Result, gif, jpeg, kind, png, resize, webp};

/// What an image says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its format.
    pub kind: Kind,
    /// Its columns.
    pub width: u32,
    /// Its rows.
    pub height: u32,
    /// The most memory that its thumbnail takes while it is made, in bytes, beside the
    /// image itself.
    pub working_memory: u64,
}

impl Header {
    /// Reads the head of an image.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let kind = Kind::of(bytes).ok_or_else(|| Refusal::NotAnImage(kind::resembles(bytes)))?;
        let header = match kind {
            Kind::Jpeg => jpeg::header(bytes),
            Kind::Png => png::header(bytes),
            Kind::Gif => gif::header(bytes),
            Kind::WebP => webp::header(bytes),
        }?;
        match header.pixels() {
            0 => Err(Refusal::Empty(kind, header.width, header.height)),
            _ => Ok(header),
        }
    }

    /// How many pixels it has.
    #[must_use]
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The thumbnail of the image whose head this is: it fits into a square of `side`, is
    /// upright, and lies on white where the image is transparent. A small image stays as
    /// it is.
    pub fn thumbnail(&self, bytes: &[u8], side: u32) -> Result<Picture> {
        let target = resize::fit(self.width, self.height, side);
        match self.kind {
            Kind::Jpeg => jpeg::thumbnail(bytes, target),
            Kind::Png => png::thumbnail(bytes, target),
            Kind::Gif => gif::thumbnail(bytes, target),
            Kind::WebP => webp::thumbnail(bytes, target),
        }
    }
}
