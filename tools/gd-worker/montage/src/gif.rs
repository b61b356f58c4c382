//! GIF: the first frame.

use std::io::{Cursor, ErrorKind};

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, MemoryLimit};

use crate::resize::{Size, fit};
use crate::shrink::{Layout, Shrink};
use crate::{Header, Kind, Picture, Refusal, Result};

pub(crate) fn header(bytes: &[u8]) -> Result<Header> {
    let decoder = open(bytes)?;
    let size = (u32::from(decoder.width()), u32::from(decoder.height()));
    let target = fit(size.0, size.1, crate::THUMBNAIL);
    // A byte a pixel of the frame, which lies within the screen.
    let frame = u64::from(size.0) * u64::from(size.1);
    let working_memory = frame + 4 * u64::from(size.0) + Shrink::memory(size, target) + (1 << 16);
    Ok(Header { kind: Kind::Gif, width: size.0, height: size.1, working_memory })
}

pub(crate) fn thumbnail(bytes: &[u8], target: Size) -> Result<Picture> {
    let mut decoder = open(bytes)?;
    let (width, height) = (usize::from(decoder.width()), usize::from(decoder.height()));
    let screen = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.read_next_frame().map_err(|error| refusal(&error))?;
    let frame = frame.ok_or(Refusal::CutOff(Kind::Gif))?;
    let palette = frame.palette.as_deref().or(screen.as_deref());
    let palette = palette.ok_or_else(|| Refusal::Broken(Kind::Gif, "no palette".to_owned()))?;
    let colours = colours(palette, frame.transparent);

    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let (columns, rows) = (usize::from(frame.width), usize::from(frame.height));
    let mut shrink = Shrink::new(Layout::Rgba, (width as u32, height as u32), target);
    let mut row = vec![0; 4 * width];
    for y in 0..height {
        row.fill(0);
        if let Some(y) = y.checked_sub(top).filter(|&y| y < rows) {
            let indices = &frame.buffer[y * columns..][..columns];
            let pixels = row.as_chunks_mut().0[left..].iter_mut();
            for (pixel, &index) in pixels.zip(indices) {
                *pixel = colours[usize::from(index)];
            }
        }
        shrink.push(&row);
    }
    Ok(shrink.finish())
}

/// The frame must lie within the screen, whose size the header gave.
fn open(bytes: &[u8]) -> Result<Decoder<Cursor<&[u8]>>> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(true);
    // What a frame takes was allowed by whoever read the header.
    options.set_memory_limit(MemoryLimit::Unlimited);
    options.read_info(Cursor::new(bytes)).map_err(|error| refusal(&error))
}

/// What each index shows; one that the palette lacks shows nothing.
fn colours(palette: &[u8], transparent: Option<u8>) -> [[u8; 4]; 256] {
    let mut colours = [[0; 4]; 256];
    for (colour, &[r, g, b]) in colours.iter_mut().zip(palette.as_chunks().0) {
        *colour = [r, g, b, 255];
    }
    if let Some(index) = transparent {
        colours[usize::from(index)] = [0; 4];
    }
    colours
}

fn refusal(error: &DecodingError) -> Refusal {
    match error {
        DecodingError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Refusal::CutOff(Kind::Gif)
        }
        _ => Refusal::Broken(Kind::Gif, error.to_string()),
    }
}
