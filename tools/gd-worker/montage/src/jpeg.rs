//! JPEG, decoded at reduced scale by libjpeg-turbo.

mod scans;

use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};

use crate::orientation::Orientation;
use crate::resize::{Size, fit, resize};
use crate::{Header, Kind, Picture, Refusal, Result};

/// The scales for which libjpeg-turbo has vector code, the smallest first; the eighths
/// between them take longer than the next larger one.
const SCALES: [ScalingFactor; 4] = [
    ScalingFactor::ONE_EIGHTH,
    ScalingFactor::ONE_QUARTER,
    ScalingFactor::ONE_HALF,
    ScalingFactor::ONE,
];

/// Each scan of a progressive JPEG touches the whole image, so a small file of many scans
/// works for minutes (libjpeg-turbo, "Two Issues with the JPEG Standard"). Encoders write
/// about ten.
const MOST_SCANS: u32 = 100;

pub(crate) fn header(bytes: &[u8]) -> Result<Header> {
    let read = Decompressor::new()
        .and_then(|mut jpeg| jpeg.read_header(bytes))
        .map_err(|error| refusal(&error))?;
    if read.is_lossless {
        return Err(Refusal::Unread(Kind::Jpeg, "lossless"));
    }
    let length = |length| u32::try_from(length).expect("a JPEG has at most 65,535");
    let (width, height) = (length(read.width), length(read.height));
    let pixels = u64::from(width) * u64::from(height);
    // 8 x 8 coefficients of two bytes a block and component, where libjpeg must see all
    // scans before it can give the first row.
    let coefficients = match scans::in_one(bytes) {
        true => 0,
        false => 2 * u64::from(scans::components(bytes)) * (pixels + 8 * u64::from(width + height)),
    };
    // Without a limit on the side, the largest that a thumbnail may take: the scaled image
    // and as much again in Lanczos; and some rows of blocks.
    let scaled = scale(read.width, read.height, fit(width, height, crate::THUMBNAIL));
    let scaled = (scaled.scale(read.width) * scaled.scale(read.height)) as u64;
    let working_memory = coefficients + 8 * scaled + 64 * u64::from(width);
    Ok(Header { kind: Kind::Jpeg, width, height, working_memory })
}

pub(crate) fn thumbnail(bytes: &[u8], target: Size) -> Result<Picture> {
    let mut jpeg = Decompressor::new().map_err(|error| refusal(&error))?;
    let header = jpeg.read_header(bytes).map_err(|error| refusal(&error))?;
    let scale = scale(header.width, header.height, target);
    jpeg.set_scaling_factor(scale).map_err(|error| refusal(&error))?;
    jpeg.set_scan_limit(MOST_SCANS).map_err(|error| refusal(&error))?;

    let inks = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let format = if inks { PixelFormat::CMYK } else { PixelFormat::RGB };
    let (width, height) = (scale.scale(header.width), scale.scale(header.height));
    let pitch = width * format.size();
    let mut pixels = vec![0; pitch * height];
    let image = Image { pixels: pixels.as_mut_slice(), width, pitch, height, format };
    match jpeg.decompress(bytes, image) {
        // What many cameras leave between their segments.
        Err(error) if error.to_string().contains("extraneous bytes before marker") => {}
        result => result.map_err(|error| refusal(&error))?,
    }
    if inks {
        pixels = pixels.as_chunks().0.iter().flat_map(|&inks| from_inks(inks)).collect();
    }
    let size = (width as u32, height as u32);
    // The last row and column of blocks may hold less than a whole pixel.
    let exact = |length: usize| (length * scale.num()) as f64 / scale.denom() as f64;
    let whole = (exact(header.width), exact(header.height));
    let small = resize(Picture::new(size.0, size.1, pixels), whole, target);
    Ok(Orientation::of(bytes).apply(small))
}

/// The smallest scale at which the image is not smaller than the target.
fn scale(width: usize, height: usize, target: Size) -> ScalingFactor {
    let fits = |scale: &ScalingFactor| {
        scale.scale(width) >= target.0 as usize && scale.scale(height) >= target.1 as usize
    };
    SCALES.into_iter().find(fits).unwrap_or(ScalingFactor::ONE)
}

/// Adobe's programs, which write nearly all JPEGs of inks, store them inverted: 255 is no
/// ink.
fn from_inks([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| (u16::from(ink) * u16::from(k) / 255) as u8)
}

fn refusal(error: &turbojpeg::Error) -> Refusal {
    let text = error.to_string();
    match text.contains("Premature end") || text.contains("end of JPEG") {
        true => Refusal::CutOff(Kind::Jpeg),
        false => Refusal::Broken(Kind::Jpeg, text),
    }
}
