//! The image of a canary, and whether a montage shows it: of a colour that nobody can foresee,
//! so that no picture that was kept from before passes for it.

use gd_montage::{Header, Picture, THUMBNAIL};
use lib_common::{Error, Exit, Result};
use rand::RngExt;

/// Small enough to be nothing, large enough to be found again in a frame.
const SIDE: u32 = 64;
/// How far a channel may be off after two JPEGs.
const NEAR: u8 = 24;
/// Of the pixels of the montage at least this share shows the image: in a row it is half, among
/// tilted photographs a quarter.
const SHARE: f64 = 0.05;

/// A colour that is not one of a frame's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Any.
    pub fn random() -> Self {
        let mut channels = [0; 3].map(|_: u8| rand::rng().random_range(40..=215));
        // Frames and grounds are grey: one channel stands out.
        let strong = rand::rng().random_range(0..3);
        channels[strong] = 255;
        channels[(strong + 1) % 3] = 0;
        Self(channels)
    }

    /// An image of it.
    pub fn image(self) -> Result<Vec<u8>> {
        Picture::filled(SIDE, SIDE, self.0).to_jpeg().map_err(|error| {
            Error::new(Exit::Failed, "cannot make the canary's image").caused_by(&error)
        })
    }

    fn is_near(self, pixel: &[u8]) -> bool {
        self.0.iter().zip(pixel).all(|(one, other)| one.abs_diff(*other) <= NEAR)
    }
}

/// Says what is wrong with a montage, if something is: it has to be an image that can be
/// decoded, and to show the colour, where that is known.
pub fn check(montage: &[u8], colour: Option<Colour>) -> Result<(), String> {
    let wrong = |error: gd_montage::Refusal| format!("its montage is no image: {error}");
    let header = Header::read(montage).map_err(wrong)?;
    let picture = header.thumbnail(montage, THUMBNAIL).map_err(wrong)?;
    let Some(colour) = colour else {
        return Ok(());
    };
    let pixels = picture.pixels().chunks_exact(3);
    let all = pixels.len();
    let shown = pixels.filter(|pixel| colour.is_near(pixel)).count();
    match shown as f64 >= all as f64 * SHARE {
        true => Ok(()),
        false => Err("its montage does not show its image".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_montage_of_its_image_passes() {
        let colour = Colour::random();
        let image = colour.image().expect("it is made");
        let header = Header::read(&image).expect("an image");
        let thumbnail = || header.thumbnail(&image, THUMBNAIL).expect("it decodes");
        for montage in
            [gd_montage::row(vec![thumbnail()]), gd_montage::polaroids(vec![thumbnail()], 7)]
        {
            let montage = montage.to_jpeg().expect("it is made");
            assert_eq!(check(&montage, Some(colour)), Ok(()));
            assert_eq!(check(&montage, None), Ok(()));
        }
        let other = Picture::filled(400, 300, [128; 3]).to_jpeg().expect("it is made");
        let said = check(&other, Some(colour)).expect_err("it is grey");
        assert_eq!(said, "its montage does not show its image");
        assert_eq!(check(&other, None), Ok(()));
        let said = check(b"<html>", None).expect_err("no image");
        assert!(said.starts_with("its montage is no image: "), "{said}");
    }
}
