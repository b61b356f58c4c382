//! Instant photographs strewn in a row, as `montage +polaroid -resize 30% -tile x1` laid
//! them in 2014.

use crate::Picture;
use crate::resize::resize;

/// The size that is left of each: 30 %.
const SCALE: f64 = 0.3;
/// The white frame at the sides and the top, and the broader one below, for a caption.
const FRAME: u32 = 16;
const FOOT: u32 = 48;
/// The most that one is tilted, in degrees.
const TILT: f64 = 15.0;
/// By how much two overlap, and what is left above and below (`-geometry -10+2`).
const OVERLAP: u32 = 10;
const MARGIN: u32 = 2;
const GROUND: [u8; 3] = [0; 3];

/// The thumbnails as tilted instant photographs in one row. `seed` decides the tilts: the
/// same job gives the same montage.
///
/// # Panics
/// Where there are no thumbnails.
#[must_use]
pub fn polaroids(thumbnails: Vec<Picture>, seed: u64) -> Picture {
    assert!(!thumbnails.is_empty(), "there is something to lay");
    let tilted: Vec<_> = (seed..u64::MAX)
        .zip(thumbnails)
        .map(|(seed, thumbnail)| Tilted::new(framed(&thumbnail), tilt(seed)))
        .collect();
    let step = |t: &Tilted| t.width.saturating_sub(OVERLAP).max(1);
    let width = tilted.iter().map(step).sum::<u32>() + OVERLAP;
    let height = tilted.iter().map(|t| t.height).max().unwrap_or_default() + 2 * MARGIN;
    let mut montage = Picture::filled(width, height, GROUND);
    let mut left = 0;
    for photograph in &tilted {
        let top = (height - photograph.height) / 2;
        photograph.lay(&mut montage, left, top);
        left += step(photograph);
    }
    montage
}

/// The photograph in its frame, at the size in which it is laid.
fn framed(thumbnail: &Picture) -> Picture {
    let (width, height) = (thumbnail.width() + 2 * FRAME, thumbnail.height() + FRAME + FOOT);
    let mut framed = Picture::filled(width, height, [255; 3]);
    framed.paste(thumbnail, FRAME, FRAME);
    let scaled = |length: u32| ((f64::from(length) * SCALE).round() as u32).max(1);
    let target = (scaled(width), scaled(height));
    resize(framed, (f64::from(width), f64::from(height)), target)
}

/// An angle in radians, spread evenly by splitmix64 (Steele and others, 2014).
fn tilt(seed: u64) -> f64 {
    let mut mixed = seed.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let fraction = mixed as f64 / u64::MAX as f64;
    ((2.0 * fraction - 1.0) * TILT).to_radians()
}

/// A photograph turned by an angle, within the smallest upright rectangle around it.
struct Tilted {
    photograph: Picture,
    sine: f64,
    cosine: f64,
    width: u32,
    height: u32,
}

impl Tilted {
    fn new(photograph: Picture, angle: f64) -> Self {
        let (sine, cosine) = angle.sin_cos();
        let (width, height) = (f64::from(photograph.width()), f64::from(photograph.height()));
        let turned = |a: f64, b: f64| (a * cosine.abs() + b * sine.abs()).ceil() as u32;
        let (width, height) = (turned(width, height), turned(height, width));
        Self { photograph, sine, cosine, width, height }
    }

    /// Lays it over what is there, its edges blended.
    fn lay(&self, montage: &mut Picture, left: u32, top: u32) {
        for y in 0..self.height.min(montage.height() - top) {
            for x in 0..self.width.min(montage.width() - left) {
                let (colour, cover) = self.sample(x, y);
                if cover > 0.0 {
                    let under = montage.pixel(left + x, top + y);
                    let mixed = std::array::from_fn(|i| {
                        (colour[i] + f64::from(under[i]) * (1.0 - cover)).round() as u8
                    });
                    montage.set_pixel(left + x, top + y, mixed);
                }
            }
        }
    }

    /// The colour at a place of the turned photograph, by the four pixels around it, and how
    /// much of the place the photograph covers.
    fn sample(&self, x: u32, y: u32) -> ([f64; 3], f64) {
        let from_centre = |at: u32, length: u32| f64::from(at) + 0.5 - f64::from(length) / 2.0;
        let (dx, dy) = (from_centre(x, self.width), from_centre(y, self.height));
        let (columns, rows) = (self.photograph.width(), self.photograph.height());
        let u = dx * self.cosine + dy * self.sine + f64::from(columns) / 2.0 - 0.5;
        let v = dy * self.cosine - dx * self.sine + f64::from(rows) / 2.0 - 0.5;
        let (mut colour, mut cover) = ([0.0; 3], 0.0);
        let around = |at: f64| {
            let beyond = at.rem_euclid(1.0);
            [(at.floor(), 1.0 - beyond), (at.floor() + 1.0, beyond)]
        };
        for (column, weight_u) in around(u) {
            for (row, weight_v) in around(v) {
                let within = (0.0..f64::from(columns)).contains(&column)
                    && (0.0..f64::from(rows)).contains(&row);
                if within {
                    let weight = weight_u * weight_v;
                    let pixel = self.photograph.pixel(column as u32, row as u32);
                    for (sum, value) in colour.iter_mut().zip(pixel) {
                        *sum += weight * f64::from(value);
                    }
                    cover += weight;
                }
            }
        }
        (colour, cover)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_montage() {
        let thumbnails = vec![Picture::filled(400, 300, [200, 0, 0]); 3];
        let montage = polaroids(thumbnails.clone(), 7);
        assert_eq!(montage, polaroids(thumbnails.clone(), 7));
        assert_ne!(montage, polaroids(thumbnails, 8));
    }

    #[test]
    fn tilts_lie_within_their_range_on_both_sides() {
        let tilts: Vec<_> = (0..1000).map(|seed| tilt(seed).to_degrees()).collect();
        assert!(tilts.iter().all(|tilt| tilt.abs() <= TILT));
        assert!(tilts.iter().any(|&tilt| tilt > 10.0) && tilts.iter().any(|&tilt| tilt < -10.0));
    }

    #[test]
    fn a_photograph_that_is_not_tilted_is_laid_as_it_is() {
        let photograph = Picture::filled(30, 20, [9, 99, 199]);
        let tilted = Tilted::new(photograph.clone(), 0.0);
        let mut montage = Picture::filled(30, 20, GROUND);
        tilted.lay(&mut montage, 0, 0);
        assert_eq!(montage, photograph);
    }
}
