//! Signatures in the format of minisign: what was signed, and for which release.

use std::io::Cursor;
use std::time::{SystemTime, UNIX_EPOCH};

use lib_common::{AssetId, Error, Exit};
use minisign::{PublicKey, SignatureBox};

use crate::keys::Keys;
use crate::sums;

/// What stands before the asset id in the trusted comment, which is signed too: the sums of
/// one release cannot be shown as those of another one.
const ASSET_ID: &str = "asset-id:";

/// Signs the sums of a release.
pub fn sign(keys: &Keys, text: &str, asset_id: &AssetId) -> Result<String, minisign::PError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    // As minisign itself writes it, with one field more.
    let comment = format!("timestamp:{now}\tfile:{}\thashed\t{ASSET_ID}{asset_id}", sums::NAME);
    let data = Cursor::new(text.as_bytes());
    let signature = minisign::sign(Some(&keys.public), &keys.secret, data, Some(&comment), None)?;
    Ok(signature.into_string())
}

/// Why no unsigned sums are written beside it.
pub fn exists(object: &str) -> Error {
    Error::new(Exit::Exists, format!("{object} exists already"))
        .because("sums that are written without a key would not be what it signs")
        .next("give the key, not --unsigned")
}

/// Checks a signature, and gives the release that it was made for where it says one. The
/// error is what is wrong.
pub fn verify(public: &PublicKey, signature: &[u8], text: &[u8]) -> Result<Option<String>, String> {
    let written = std::str::from_utf8(signature).map_err(|error| error.to_string())?;
    let signature = SignatureBox::from_string(written).map_err(|error| error.to_string())?;
    // Its reader passes over a byte too many at the end of a signature, which minisign's own
    // reader refuses.
    if !signature.to_string().lines().eq(written.lines()) {
        return Err("it is not written as minisign writes it".to_owned());
    }
    let (quiet, output, allow_legacy) = (true, false, false);
    minisign::verify(public, &signature, Cursor::new(text), quiet, output, allow_legacy)
        .map_err(|error| error.to_string())?;
    let comment = signature.trusted_comment().map_err(|error| error.to_string())?;
    let fields = comment.split('\t').find_map(|field| field.strip_prefix(ASSET_ID));
    Ok(fields.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "00ff  ai-lab-5.0.0.vhd\n";

    fn signed() -> (Keys, String) {
        let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().expect("keys");
        let keys = Keys { secret: sk, public: pk };
        let id = "ai lab 5.0.0".parse().expect("valid");
        let signature = sign(&keys, TEXT, &id).expect("a signature");
        (keys, signature)
    }

    #[test]
    fn a_signature_tells_its_release() {
        let (keys, signature) = signed();
        let told = verify(&keys.public, signature.as_bytes(), TEXT.as_bytes());
        assert_eq!(told, Ok(Some("ai lab 5.0.0".to_owned())));
        let other = KeyPair::generate_unencrypted_keypair().expect("keys").pk;
        let refused = verify(&other, signature.as_bytes(), TEXT.as_bytes());
        assert!(refused.is_err_and(|why| why.contains("is different from public key")));
    }

    #[test]
    fn more_than_a_signature_is_none() {
        let (keys, signature) = signed();
        let refused = |from: &str, to: &str| {
            let other = signature.replacen(from, to, 1);
            assert_ne!(other, signature);
            let verified = verify(&keys.public, other.as_bytes(), TEXT.as_bytes());
            assert!(verified.is_err(), "{other}");
        };
        // The last of a hundred characters, which only fills up.
        refused("=\n", "9\n");
        refused("=\n", "=\nmore\n");
        refused("\ntrusted comment: ", "\n\ntrusted comment: ");
        let dos = signature.replace('\n', "\r\n");
        assert!(verify(&keys.public, dos.as_bytes(), TEXT.as_bytes()).is_ok());
    }

    proptest! {
        /// But for the untrusted comment, which nobody signs.
        #[test]
        fn a_byte_that_is_flipped_anywhere_is_found(at in any::<prop::sample::Index>(), bit in 0..7) {
            let (keys, signature) = signed();
            let untrusted = signature.find('\n').expect("lines");
            let mut flipped = signature.clone().into_bytes();
            let at = untrusted + 1 + at.index(flipped.len() - untrusted - 2);
            flipped[at] ^= 1u8 << bit;
            prop_assert!(verify(&keys.public, &flipped, TEXT.as_bytes()).is_err());

            let mut text = TEXT.as_bytes().to_vec();
            let at = at % text.len();
            text[at] ^= 1u8 << bit;
            prop_assert!(verify(&keys.public, signature.as_bytes(), &text).is_err());
        }
    }
}
