//! Thumbnails side by side.

use crate::{Picture, THUMBNAIL};

/// The white frame of a thumbnail.
const BORDER: u32 = 10;
/// The dark ground that shows between the frames and around them.
const GAP: u32 = 4;
const GROUND: [u8; 3] = [32; 3];
const WHITE: [u8; 3] = [255; 3];

/// A JPEG is at most this wide (libjpeg's JPEG_MAX_DIMENSION).
const WIDEST: u32 = 65_500;

/// How many thumbnails fit into one row.
pub const MOST_IN_A_ROW: usize = ((WIDEST - GAP) / (THUMBNAIL + 2 * BORDER + GAP)) as usize;

/// The thumbnails in one row, each in a white frame, at mid height.
///
/// # Panics
/// Where there are no thumbnails, or more than [`MOST_IN_A_ROW`].
#[must_use]
pub fn row(thumbnails: Vec<Picture>) -> Picture {
    assert!((1..=MOST_IN_A_ROW).contains(&thumbnails.len()), "a row has a place for each");
    let framed = |length: u32| length + 2 * BORDER;
    let width: u32 = thumbnails.iter().map(|t| framed(t.width()) + GAP).sum();
    let height = thumbnails.iter().map(|t| framed(t.height())).max().unwrap_or_default();
    let mut montage = Picture::filled(width + GAP, height + 2 * GAP, GROUND);
    let mut left = GAP;
    // Each thumbnail goes as it is laid: the row and all of them need not be held at once.
    for thumbnail in thumbnails {
        let (width, height) = (framed(thumbnail.width()), framed(thumbnail.height()));
        let top = (montage.height() - height) / 2;
        montage.paste(&Picture::filled(width, height, WHITE), left, top);
        montage.paste(&thumbnail, left + BORDER, top + BORDER);
        left += width + GAP;
    }
    montage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thumbnail_has_its_frame_at_mid_height() {
        let thumbnails =
            vec![Picture::filled(400, 300, [200, 0, 0]), Picture::filled(100, 100, [0, 0, 200])];
        let montage = row(thumbnails);
        assert_eq!((montage.width(), montage.height()), (4 + 420 + 4 + 120 + 4, 4 + 320 + 4));
        assert_eq!(montage.pixel(0, 0), GROUND);
        assert_eq!(montage.pixel(4, 4), WHITE);
        assert_eq!(montage.pixel(14, 14), [200, 0, 0]);
        assert_eq!(montage.pixel(428, 4), GROUND);
        assert_eq!(montage.pixel(428, 104), WHITE);
        assert_eq!(montage.pixel(438, 114), [0, 0, 200]);
    }

    #[test]
    fn the_longest_row_is_still_a_jpeg() {
        let montage = row(vec![Picture::filled(400, 1, [0; 3]); MOST_IN_A_ROW]);
        assert!(montage.to_jpeg().is_ok());
    }
}
