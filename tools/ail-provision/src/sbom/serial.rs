//! A serial number that follows from what it numbers.

use std::fmt::Write;

use sha1::{Digest, Sha1};

/// The name space of names that are URLs (RFC 9562, 6.6).
const URL: [u8; 16] = [
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
];

/// The number of these contents of this asset, as a URN.
pub fn serial(asset_id: &str, contents_sha256: &str) -> String {
    format!("urn:uuid:{}", version_5(URL, &format!("ail:{asset_id}:{contents_sha256}")))
}

/// A UUID of version 5 (RFC 9562, 5.5). The crate uuid has it too, behind a feature that all
/// of the AWS SDK, which uses that crate, would be compiled again for.
fn version_5(space: [u8; 16], name: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(space);
    hash.update(name);
    let mut bytes = hash.finalize();
    bytes[6] = 0x50 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let mut text = String::new();
    for (n, byte) in bytes[..16].iter().enumerate() {
        let dash = if [4, 6, 8, 10].contains(&n) { "-" } else { "" };
        write!(text, "{dash}{byte:02x}").expect("a String takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_other_programs() {
        // RFC 9562, A.4
        let mut dns = URL;
        dns[3] = 0x10;
        assert_eq!(version_5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "ail:1.0:abc"))'
        assert_eq!(serial("1.0", "abc"), "urn:uuid:d5132b62-9af0-573d-9ebc-f7000243b7ad");
    }
}
