//! Whether a JPEG's pixels lie in one scan, so that they can be decoded row by row.

/// Whether they do. What cannot be told from its head is taken for more than one.
pub(super) fn in_one(bytes: &[u8]) -> bool {
    let mut frame = None;
    for (marker, content) in Segments(bytes.get(2..).unwrap_or_default()) {
        match marker {
            // Baseline and extended sequential frames, by Huffman or arithmetic coding
            // (ITU-T T.81, table B.1).
            0xC0 | 0xC1 | 0xC9 => frame = content.get(5).copied(),
            // The first scan names how many of the components it holds.
            0xDA => return frame.is_some() && frame == content.first().copied(),
            _ => {}
        }
    }
    false
}

/// How many components it has; at least one, and four where it cannot be told.
pub(super) fn components(bytes: &[u8]) -> u8 {
    Segments(bytes.get(2..).unwrap_or_default())
        .find(|(marker, _)| matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC))
        .and_then(|(_, content)| content.get(5).copied())
        .map_or(4, |count| count.clamp(1, 4))
}

/// The segments up to the first scan.
struct Segments<'a>(&'a [u8]);

impl<'a> Iterator for Segments<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // Any number of fill bytes may stand before a marker.
        let start = self.0.iter().position(|&byte| byte != 0xFF)?;
        let marker = *self.0.get(start).filter(|_| start > 0)?;
        let rest = &self.0[start + 1..];
        let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
        let content = rest.get(2..length)?;
        self.0 = &rest[length..];
        Some((marker, content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(frame: u8, of_scan: u8) -> Vec<u8> {
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, frame, 0, 8];
        bytes.extend([8, 0, 1, 0, 1, 3, 0xFF, 0xDA, 0, 3, of_scan]);
        bytes
    }

    #[test]
    fn only_a_sequential_scan_of_all_components_is_the_one() {
        assert!(in_one(&jpeg(0xC0, 3)));
        assert!(!in_one(&jpeg(0xC0, 1)));
        assert!(!in_one(&jpeg(0xC2, 3)));
        assert_eq!(components(&jpeg(0xC2, 3)), 3);
    }

    #[test]
    fn broken_segments_are_no_one_scan() {
        for bytes in [&b""[..], b"\xFF", b"\xFF\xD8\xFF\xDA", b"\xFF\xD8\xFF\xDA\0\0\0"] {
            assert!(!in_one(bytes));
            assert_eq!(components(bytes), 4);
        }
    }
}
