//! The last step down to a thumbnail: Lanczos, with the CPU's vector instructions.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{ResizeOptions, Resizer};

use crate::Picture;

/// A width and a height.
pub(crate) type Size = (u32, u32);

/// The size of a `width` by `height` image that fits into a square of `side`, never larger
/// than it is.
pub(crate) fn fit(width: u32, height: u32, side: u32) -> Size {
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scaled = |length: u32| {
        let rounded =
            (u64::from(length) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(rounded).expect("it is at most the side").max(1)
    };
    (scaled(width), scaled(height))
}

/// Resizes what lies in the top left `width` by `height` of `picture`, which may end within
/// a pixel.
pub(crate) fn resize(picture: Picture, (width, height): (f64, f64), target: Size) -> Picture {
    let size = (picture.width(), picture.height());
    let whole = (f64::from(size.0), f64::from(size.1));
    if size == target {
        return picture;
    }
    // Typed, so that the code for all the other kinds of pixels is not compiled.
    let source = TypedImageRef::<U8x3>::from_buffer(size.0, size.1, picture.pixels())
        .expect("three bytes a pixel");
    let mut pixels = vec![0; 3 * target.0 as usize * target.1 as usize];
    let mut result = TypedImage::<U8x3>::from_buffer(target.0, target.1, &mut pixels)
        .expect("three bytes a pixel");
    let options = ResizeOptions::new().crop(0.0, 0.0, width.min(whole.0), height.min(whole.1));
    Resizer::new()
        .resize_typed(&source, &mut result, &options)
        .expect("the crop lies within the picture");
    Picture::new(target.0, target.1, pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_keeps_its_shape_and_at_least_a_pixel() {
        assert_eq!(fit(4000, 3000, 400), (400, 300));
        assert_eq!(fit(3000, 4000, 400), (300, 400));
        assert_eq!(fit(100_000, 1, 400), (400, 1));
        assert_eq!(fit(u32::MAX, u32::MAX, 400), (400, 400));
        assert_eq!(fit(17, 400, 400), (17, 400));
    }

    #[test]
    fn a_colour_stays_what_it_is() {
        let picture = Picture::filled(801, 603, [10, 200, 77]);
        let small = resize(picture, (800.4, 602.5), (400, 301));
        assert_eq!(small, Picture::filled(400, 301, [10, 200, 77]));
    }
}
