//! The sizes in a WebP's chunks (RFC 9649), read before anything is allocated by them.

/// The width and height of the image.
pub(super) fn canvas(bytes: &[u8]) -> Option<(u32, u32)> {
    let (name, content) = Chunks(bytes.get(12..)?).next()?;
    match name {
        b"VP8X" => Some((1 + little(content.get(4..7)?), 1 + little(content.get(7..10)?))),
        _ => frame(name, content),
    }
}

/// The pixels of the largest frame.
pub(super) fn largest_frame(bytes: &[u8]) -> u64 {
    let whole = Chunks(bytes.get(12..).unwrap_or_default());
    let frames = whole.flat_map(|(name, content)| {
        // A frame of an animation: 16 bytes of its place, then its own chunks.
        let inner = content.get(16..).filter(|_| name == b"ANMF").unwrap_or_default();
        std::iter::once((name, content)).chain(Chunks(inner))
    });
    let pixels = |(width, height)| u64::from(width) * u64::from(height);
    frames.filter_map(|(name, content)| frame(name, content)).map(pixels).max().unwrap_or(0)
}

/// The size that a frame's own bits give.
fn frame(name: &[u8], content: &[u8]) -> Option<(u32, u32)> {
    match name {
        // 2.5: three bytes of tag, three of start code, twice 14 bits and 2 of scale.
        b"VP8 " => {
            Some((little(content.get(6..8)?) & 0x3FFF, little(content.get(8..10)?) & 0x3FFF))
        }
        // 3.4: a byte of signature, then twice 14 bits, each one less.
        b"VP8L" => {
            let bits = little(content.get(1..5)?);
            Some((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
        }
        _ => None,
    }
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte))
}

/// The chunks, the last of which may be cut off.
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_at_checked(8)?;
        let (name, length) = head.split_at(4);
        let length = little(length) as usize;
        let content = &rest[..length.min(rest.len())];
        // An odd chunk is padded.
        self.0 = rest.get(length + length % 2..).unwrap_or_default();
        Some((name, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
        for (name, content) in chunks {
            bytes.extend_from_slice(*name);
            bytes.extend((content.len() as u32).to_le_bytes());
            bytes.extend_from_slice(content);
            bytes.extend(vec![0; content.len() % 2]);
        }
        bytes
    }

    #[test]
    fn a_frame_that_claims_more_than_its_canvas_is_seen() {
        let small = [0, 0, 0, 0, 9, 0, 0, 9, 0, 0];
        let large = [0, 0, 0, 0x9D, 1, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F];
        let bytes = webp(&[(b"VP8X", &small), (b"ICCP", b"odd"), (b"VP8 ", &large)]);
        assert_eq!(canvas(&bytes), Some((10, 10)));
        assert_eq!(largest_frame(&bytes), 16383 * 16383);

        let mut inner = vec![0; 16];
        inner.extend(&webp(&[(b"VP8 ", &large)])[12..]);
        assert_eq!(largest_frame(&webp(&[(b"VP8X", &small), (b"ANMF", &inner)])), 16383 * 16383);
    }

    #[test]
    fn a_lossless_frame_has_its_size_in_bits() {
        let mut content = vec![0x2F];
        content.extend((399_u32 | 299 << 14).to_le_bytes());
        assert_eq!(canvas(&webp(&[(b"VP8L", &content)])), Some((400, 300)));
    }
}
