//! PNG, averaged down row by row.
//!
//! Two thirds of the time go into inflating, by fdeflate. On photographs of 12 megapixels
//! libdeflate 1.26, which wants all of the image in memory, took as long, and zlib-rs 0.6
//! half as long again; checksums are a hundredth.

use std::io::{Cursor, ErrorKind};

use png::{BitDepth, ColorType, Decoder, DecodingError, Reader, Transformations};

use crate::resize::{Size, fit};
use crate::shrink::{Layout, Shrink};
use crate::{Header, Kind, Picture, Refusal, Result};

pub(crate) fn header(bytes: &[u8]) -> Result<Header> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    let info = decoder.read_header_info().map_err(|error| refusal(&error))?;
    let size = (info.width, info.height);
    // A palette's row grows to four channels of a byte, a row of 16 bits is read as such.
    let row = 4 * u64::from(size.0) + (info.raw_row_length() as u64);
    let whole = match info.interlaced {
        true => (4 * u64::from(size.0)).saturating_mul(u64::from(size.1)),
        false => 0,
    };
    let target = fit(size.0, size.1, crate::THUMBNAIL);
    // The row, the one before it, and inflate's window of 32 KiB with its like.
    let rows = Shrink::memory(size, target) + 3 * row + (1 << 18);
    // A width and a height of 31 bits each: only their sum comes near the end of 64.
    let working_memory = rows.saturating_add(whole);
    Ok(Header { kind: Kind::Png, width: size.0, height: size.1, working_memory })
}

pub(crate) fn thumbnail(bytes: &[u8], target: Size) -> Result<Picture> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(|error| refusal(&error))?;
    let (width, height) = reader.info().size();
    let layout = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => Layout::Gray,
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Layout::GrayAlpha,
        (ColorType::Rgb, BitDepth::Eight) => Layout::Rgb,
        (ColorType::Rgba, BitDepth::Eight) => Layout::Rgba,
        _ => return Err(Refusal::Unread(Kind::Png, "its pixels do not expand to bytes")),
    };
    let mut shrink = Shrink::new(layout, (width, height), target);
    if reader.info().interlaced {
        for row in whole(&mut reader)?.chunks_exact(width as usize * layout.channels()) {
            shrink.push(row);
        }
    } else {
        let mut row = vec![0; width as usize * layout.channels()];
        for _ in 0..height {
            match reader.read_row(&mut row).map_err(|error| refusal(&error))? {
                Some(_) => shrink.push(&row),
                None => return Err(Refusal::CutOff(Kind::Png)),
            }
        }
    }
    Ok(shrink.finish())
}

/// The rows of an interlaced image come in seven passes, so all of it is needed at once.
fn whole(reader: &mut Reader<Cursor<&[u8]>>) -> Result<Vec<u8>> {
    let size = reader.output_buffer_size().ok_or(Refusal::Unread(Kind::Png, "it is too large"))?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(|error| refusal(&error))?;
    Ok(pixels)
}

fn refusal(error: &DecodingError) -> Refusal {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Refusal::CutOff(Kind::Png)
        }
        _ => Refusal::Broken(Kind::Png, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_size_that_a_png_can_claim_is_read_without_overflow() {
        // Signature, IHDR of 16-bit RGBA, interlaced; the checksum is computed here (PNG, D).
        let mut chunk = b"IHDR\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x10\x06\0\0\x01".to_vec();
        let crc = chunk.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
        });
        chunk.extend((!crc).to_be_bytes());
        let bytes = [b"\x89PNG\r\n\x1A\n\0\0\0\x0D".as_slice(), &chunk].concat();
        let header = header(&bytes).expect("a head");
        assert_eq!((header.width, header.height), (0x7FFF_FFFF, 0x7FFF_FFFF));
        assert!(header.working_memory > u64::MAX / 2);
    }
}
