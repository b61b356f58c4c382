//! WebP: the first frame.

mod chunks;

use std::io::Cursor;

use image_webp::{DecodingError, UpsamplingMethod, WebPDecodeOptions, WebPDecoder};

use crate::resize::{Size, fit};
use crate::shrink::{Layout, Shrink};
use crate::{Header, Kind, Picture, Refusal, Result};

pub(crate) fn header(bytes: &[u8]) -> Result<Header> {
    let (width, height) = chunks::canvas(bytes).ok_or(Refusal::CutOff(Kind::WebP))?;
    let target = fit(width, height, crate::THUMBNAIL);
    // The decoder holds the frame in its own form and as pixels, an animation its canvas
    // too: at most 4 bytes each. A frame may claim to be larger than its canvas.
    let pixels = chunks::largest_frame(bytes).max(u64::from(width) * u64::from(height));
    let working_memory = 12 * pixels + Shrink::memory((width, height), target) + (1 << 20);
    Ok(Header { kind: Kind::WebP, width, height, working_memory })
}

pub(crate) fn thumbnail(bytes: &[u8], target: Size) -> Result<Picture> {
    let mut options = WebPDecodeOptions::default();
    // The finer way shows only where the image is not made smaller.
    options.lossy_upsampling = UpsamplingMethod::Simple;
    let mut decoder = WebPDecoder::new_with_options(Cursor::new(bytes), options)
        .map_err(|error| refusal(&error))?;
    let size = decoder.dimensions();
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let length = decoder.output_buffer_size();
    let length = length.ok_or(Refusal::Unread(Kind::WebP, "it is too large"))?;
    let mut pixels = vec![0; length];
    decoder.read_image(&mut pixels).map_err(|error| refusal(&error))?;
    let mut shrink = Shrink::new(layout, size, target);
    for row in pixels.chunks_exact(size.0 as usize * layout.channels()) {
        shrink.push(row);
    }
    Ok(shrink.finish())
}

fn refusal(error: &DecodingError) -> Refusal {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Refusal::CutOff(Kind::WebP)
        }
        _ => Refusal::Broken(Kind::WebP, error.to_string()),
    }
}
