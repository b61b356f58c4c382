//! Pixels.

use crate::{Kind, Refusal, Result};

/// A picture in RGB, 8 bits each, rows from the top without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    /// A picture of these pixels.
    ///
    /// # Panics
    /// Where there are not three bytes a pixel.
    #[must_use]
    pub fn new(width: u32, height: u32, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), 3 * width as usize * height as usize, "three bytes a pixel");
        Self { width, height, pixels }
    }

    /// A picture of one colour.
    #[must_use]
    pub fn filled(width: u32, height: u32, colour: [u8; 3]) -> Self {
        Self::new(width, height, colour.repeat(width as usize * height as usize))
    }

    /// Its columns.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Its rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Its bytes.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The bytes of one row.
    pub(crate) fn line(&self, y: u32) -> &[u8] {
        let length = 3 * self.width as usize;
        &self.pixels[y as usize * length..][..length]
    }

    /// Puts another picture into this one, its top left corner at `left`, `top`.
    pub(crate) fn paste(&mut self, other: &Self, left: u32, top: u32) {
        let (stride, length) = (3 * self.width as usize, 3 * other.width as usize);
        for y in 0..other.height {
            let start = (top + y) as usize * stride + 3 * left as usize;
            self.pixels[start..start + length].copy_from_slice(other.line(y));
        }
    }

    pub(crate) fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let start = 3 * (y as usize * self.width as usize + x as usize);
        [self.pixels[start], self.pixels[start + 1], self.pixels[start + 2]]
    }

    pub(crate) fn set_pixel(&mut self, x: u32, y: u32, colour: [u8; 3]) {
        let start = 3 * (y as usize * self.width as usize + x as usize);
        self.pixels[start..start + 3].copy_from_slice(&colour);
    }

    /// The picture as a JPEG. Quality 85 with halved colour is where most cameras and
    /// web sites stand: no artefact shows at the size of a thumbnail.
    pub fn to_jpeg(&self) -> Result<Vec<u8>> {
        let image = turbojpeg::Image {
            pixels: self.pixels.as_slice(),
            width: self.width as usize,
            pitch: 3 * self.width as usize,
            height: self.height as usize,
            format: turbojpeg::PixelFormat::RGB,
        };
        turbojpeg::compress(image, 85, turbojpeg::Subsamp::Sub2x2)
            .map(|buffer| buffer.to_vec())
            .map_err(|error| Refusal::Broken(Kind::Jpeg, error.to_string()))
    }
}
