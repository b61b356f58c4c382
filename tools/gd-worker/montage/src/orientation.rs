//! Which way up a photograph was taken (Exif 2.3, tag Orientation).

use std::io::Cursor;

use exif::{In, Reader, Tag};

use crate::Picture;

/// What to do with the stored picture so that it stands upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orientation {
    /// Swap rows and columns, first.
    transpose: bool,
    mirror: bool,
    flip: bool,
}

impl Orientation {
    /// The orientation that an image's Exif data give; upright without any.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let read = Reader::new().read_from_container(&mut Cursor::new(bytes)).ok();
        let value = read.and_then(|exif| {
            exif.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0))
        });
        Self::from_tag(value.unwrap_or(1))
    }

    fn from_tag(value: u32) -> Self {
        let (transpose, mirror, flip) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self { transpose, mirror, flip }
    }

    /// The picture upright.
    pub(crate) fn apply(self, picture: Picture) -> Picture {
        if self == Self::default() {
            return picture;
        }
        let (width, height) = match self.transpose {
            true => (picture.height(), picture.width()),
            false => (picture.width(), picture.height()),
        };
        let mut upright = Picture::filled(width, height, [0; 3]);
        for y in 0..height {
            for x in 0..width {
                let from = (
                    if self.mirror { width - 1 - x } else { x },
                    if self.flip { height - 1 - y } else { y },
                );
                let from = if self.transpose { (from.1, from.0) } else { from };
                upright.set_pixel(x, y, picture.pixel(from.0, from.1));
            }
        }
        upright
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eight_orientations_give_the_same_upright_picture() {
        // Exif 2.3, 4.6.4: where row 0 and column 0 of the stored picture are in the
        // upright one. Upright: red, green, blue over black, grey, white.
        let [r, g, b, k, y, w] = [1, 2, 3, 4, 5, 6];
        let upright = of(3, 2, &[r, g, b, k, y, w]);
        for (tag, width, height, stored) in [
            (1, 3, 2, [r, g, b, k, y, w]), // top, left
            (2, 3, 2, [b, g, r, w, y, k]), // top, right
            (3, 3, 2, [w, y, k, b, g, r]), // bottom, right
            (4, 3, 2, [k, y, w, r, g, b]), // bottom, left
            (5, 2, 3, [r, k, g, y, b, w]), // left, top
            (6, 2, 3, [b, w, g, y, r, k]), // right, top
            (7, 2, 3, [w, b, y, g, k, r]), // right, bottom
            (8, 2, 3, [k, r, y, g, w, b]), // left, bottom
        ] {
            let stored = of(width, height, &stored);
            assert_eq!(Orientation::from_tag(tag).apply(stored), upright, "{tag}");
        }
    }

    fn of(width: u32, height: u32, pixels: &[u8]) -> Picture {
        Picture::new(width, height, pixels.iter().flat_map(|&v| [v; 3]).collect())
    }
}
