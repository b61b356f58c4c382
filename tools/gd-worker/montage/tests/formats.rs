//! What the formats can do beside the usual: each image is two halves of one colour each.

use gd_montage::{Header, Kind, Picture, THUMBNAIL};

const RED: [u8; 3] = [220, 30, 30];
const BLUE: [u8; 3] = [30, 30, 220];
const WHITE: [u8; 3] = [255; 3];

/// The colours in the middle of the halves, which 40 by 30 pixels have.
#[track_caller]
fn halves(bytes: &[u8], kind: Kind) -> [[u8; 3]; 2] {
    let header = Header::read(bytes).expect("a head");
    assert_eq!((header.kind, header.width, header.height), (kind, 40, 30));
    let picture = header.thumbnail(bytes, THUMBNAIL).expect("an image");
    assert_eq!((picture.width(), picture.height()), (40, 30));
    [10, 30].map(|x| colour(&picture, x, 15))
}

fn colour(picture: &Picture, x: usize, y: usize) -> [u8; 3] {
    picture.pixels().as_chunks().0[y * picture.width() as usize + x]
}

#[test]
fn inks_as_adobe_stores_them_have_their_colours() {
    let [left, right] = halves(include_bytes!("images/cmyk.jpg"), Kind::Jpeg);
    // Full magenta and yellow; half of black. JPEG is not exact.
    let near = |found: [u8; 3], expected: [u8; 3]| {
        found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 2)
    };
    assert!(near(left, [255, 0, 0]), "{left:?}");
    assert!(near(right, [127; 3]), "{right:?}");
}

#[test]
fn sixteen_bits_become_eight() {
    assert_eq!(halves(include_bytes!("images/deep.png"), Kind::Png), [RED, BLUE]);
    // A fifth of white, half of it seen, lies on white.
    let deep_gray = halves(include_bytes!("images/deep-gray.png"), Kind::Png);
    assert_eq!(deep_gray, [[204; 3], [153; 3]]);
}

#[test]
fn seven_passes_become_rows() {
    assert_eq!(halves(include_bytes!("images/interlaced.png"), Kind::Png), [RED, BLUE]);
}

#[test]
fn a_colour_of_the_palette_may_be_transparent() {
    assert_eq!(halves(include_bytes!("images/palette.png"), Kind::Png), [WHITE, BLUE]);
}

#[test]
fn of_what_moves_the_first_frame_counts() {
    assert_eq!(halves(include_bytes!("images/animated.gif"), Kind::Gif), [RED, BLUE]);
    assert_eq!(halves(include_bytes!("images/animated.webp"), Kind::WebP), [RED, BLUE]);
}
