//! Averaging an image down, row by row as it is decoded: no more of it is held than a row.

use crate::Picture;
use crate::resize::{Size, resize};

/// What the bytes of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
}

impl Layout {
    pub(crate) const fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// The most rows that are averaged into one: 257 times 255 is the most that a sum of 16
/// bits holds.
const MOST: u32 = 256;

/// Takes an image row by row and gives its thumbnail.
///
/// Whole blocks of pixels are averaged while the rows come in; the blocks are so small that
/// at least two of them are left for each pixel of the thumbnail, which Lanczos then
/// weighs. The eye sees no difference to Lanczos over all pixels.
pub(crate) struct Shrink {
    layout: Layout,
    size: Size,
    target: Size,
    block: Size,
    /// The sums of the columns of the block's rows.
    sums: Vec<u16>,
    /// How many rows are in the sums.
    rows: u32,
    /// A row without transparency.
    opaque: Vec<u8>,
    averaged: Vec<u8>,
}

impl Shrink {
    pub(crate) fn new(layout: Layout, size: Size, target: Size) -> Self {
        let block = block(size, target);
        let opaque = if layout.channels() < 3 { 1 } else { 3 };
        let columns = size.0 as usize * opaque;
        let shrunk = 3 * size.0.div_ceil(block.0) as usize * size.1.div_ceil(block.1) as usize;
        Self {
            layout,
            size,
            target,
            block,
            sums: vec![0; columns],
            rows: 0,
            opaque: Vec::new(),
            averaged: Vec::with_capacity(shrunk),
        }
    }

    /// The most memory that it takes for an image of `size`, in bytes.
    pub(crate) fn memory(size: Size, target: Size) -> u64 {
        let block = block(size, target);
        let averaged = u64::from(size.0.div_ceil(block.0)) * u64::from(size.1.div_ceil(block.1));
        // Sums of two bytes and a row without transparency, three channels; the averaged
        // image and, in Lanczos, at most as much again.
        9 * u64::from(size.0) + 6 * averaged
    }

    /// Takes the next row.
    pub(crate) fn push(&mut self, row: &[u8]) {
        let row = match self.layout {
            Layout::Gray | Layout::Rgb => row,
            Layout::GrayAlpha => {
                self.opaque.clear();
                self.opaque.extend(row.as_chunks().0.iter().map(|&[v, a]| on_white(v, a)));
                &self.opaque
            }
            Layout::Rgba => {
                self.opaque.clear();
                let pixels = row.as_chunks().0.iter();
                self.opaque
                    .extend(pixels.flat_map(|&[r, g, b, a]| [r, g, b].map(|v| on_white(v, a))));
                &self.opaque
            }
        };
        for (sum, &value) in self.sums.iter_mut().zip(row) {
            *sum += u16::from(value);
        }
        self.rows += 1;
        if self.rows == self.block.1 {
            self.end_block();
        }
    }

    /// Averages the sums of the rows over the columns of each block.
    fn end_block(&mut self) {
        let (rows, columns) = (self.rows, self.block.0 as usize);
        let mean = |sum: u32, count: u32| {
            u8::try_from((sum + count / 2) / count).expect("a mean of bytes is one")
        };
        match self.layout {
            Layout::Gray | Layout::GrayAlpha => {
                for block in self.sums.chunks(columns) {
                    let sum: u32 = block.iter().map(|&v| u32::from(v)).sum();
                    self.averaged.extend([mean(sum, rows * block.len() as u32); 3]);
                }
            }
            Layout::Rgb | Layout::Rgba => {
                for block in self.sums.chunks(3 * columns) {
                    let mut sum = [0; 3];
                    for pixel in block.as_chunks::<3>().0 {
                        for (sum, &value) in sum.iter_mut().zip(pixel) {
                            *sum += u32::from(value);
                        }
                    }
                    let count = rows * (block.len() / 3) as u32;
                    self.averaged.extend(sum.map(|sum| mean(sum, count)));
                }
            }
        }
        self.sums.fill(0);
        self.rows = 0;
    }

    /// The thumbnail, after the last row.
    pub(crate) fn finish(mut self) -> Picture {
        if self.rows > 0 {
            self.end_block();
        }
        let (width, height) =
            (self.size.0.div_ceil(self.block.0), self.size.1.div_ceil(self.block.1));
        let averaged = Picture::new(width, height, self.averaged);
        let exact = |length: u32, block: u32| f64::from(length) / f64::from(block);
        let whole = (exact(self.size.0, self.block.0), exact(self.size.1, self.block.1));
        resize(averaged, whole, self.target)
    }
}

/// The largest block that leaves two for each pixel of the target.
fn block(size: Size, target: Size) -> Size {
    let of = |size: u32, target: u32| (size / (2 * target)).clamp(1, MOST);
    (of(size.0, target.0), of(size.1, target.1))
}

/// A value of this opacity on white, rounded.
pub(crate) fn on_white(value: u8, alpha: u8) -> u8 {
    let mixed = u16::from(value) * u16::from(alpha) + 255 * (255 - u16::from(alpha)) + 127;
    (mixed / 255) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shrink(layout: Layout, size: Size, target: Size, pixel: &[u8]) -> Picture {
        let mut shrink = Shrink::new(layout, size, target);
        let row = pixel.repeat(size.0 as usize);
        for _ in 0..size.1 {
            shrink.push(&row);
        }
        shrink.finish()
    }

    proptest! {
        #[test]
        fn one_colour_stays_that_colour(
            width in 1u32..2000, height in 1u32..600, colour: [u8; 3],
        ) {
            let target = crate::resize::fit(width, height, 100);
            let small = shrink(Layout::Rgb, (width, height), target, &colour);
            prop_assert_eq!(small, Picture::filled(target.0, target.1, colour));
        }
    }

    #[test]
    fn transparency_lies_on_white() {
        let white = Picture::filled(10, 10, [255; 3]);
        assert_eq!(shrink(Layout::Rgba, (100, 100), (10, 10), &[9, 9, 9, 0]), white);
        assert_eq!(shrink(Layout::GrayAlpha, (100, 100), (10, 10), &[9, 0]), white);
        let half = Picture::filled(10, 10, [127; 3]);
        assert_eq!(shrink(Layout::GrayAlpha, (100, 100), (10, 10), &[0, 128]), half);
    }

    #[test]
    fn the_sums_hold_the_most_rows_of_white() {
        let white = Picture::filled(1, 1, [255; 3]);
        assert_eq!(shrink(Layout::Gray, (600, 600), (1, 1), &[255]), white);
    }
}
