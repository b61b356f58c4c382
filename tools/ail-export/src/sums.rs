//! The file SHA256SUMS, as `sha256sum` writes and checks it.

use std::collections::BTreeMap;

/// Its name beside the disks.
pub const NAME: &str = "SHA256SUMS";
/// The name of its signature, by minisign's custom.
pub const SIGNATURE_NAME: &str = "SHA256SUMS.minisig";

/// The SHA-256 of each file, in hex, by the file's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums(pub BTreeMap<String, String>);

impl Sums {
    /// Reads them; the error is why the text is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut sums = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let wrong = || format!("line {} is no sum: {line:?}", index + 1);
            let (hash, name) = line.split_once("  ").ok_or_else(wrong)?;
            let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            if hash.len() != 64 || !hash.bytes().all(is_hex) || !is_plain(name) {
                return Err(wrong());
            }
            if sums.insert(name.to_owned(), hash.to_owned()).is_some() {
                return Err(format!("{name} has two sums"));
            }
        }
        match sums.is_empty() {
            true => Err("it is empty".to_owned()),
            false => Ok(Self(sums)),
        }
    }

    /// The names of files that `later` has not, or with another sum.
    pub fn changed_in(&self, later: &Self) -> Vec<String> {
        let changed = self.0.iter().filter(|(name, hash)| later.0.get(*name) != Some(*hash));
        changed.map(|(name, _)| name.clone()).collect()
    }
}

/// A name of a file beside the sums: nothing that leads elsewhere.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\'])
}

impl std::fmt::Display for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(name, hash)| writeln!(f, "{hash}  {name}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            sums in prop::collection::btree_map("[a-z0-9._ -]{3,20}", "[0-9a-f]{64}", 1..5)
        ) {
            let sums = Sums(sums);
            prop_assert_eq!(Sums::parse(&sums.to_string()), Ok(sums));
        }

        #[test]
        fn any_text_is_sums_or_a_reason(text in ".*") {
            if let Err(reason) = Sums::parse(&text) {
                prop_assert!(!reason.is_empty());
            }
        }
    }

    #[test]
    fn each_fault_is_named() {
        let hash = "0".repeat(64);
        for (text, reason) in [
            (String::new(), "it is empty".to_owned()),
            ("abc  a".to_owned(), "line 1 is no sum: \"abc  a\"".to_owned()),
            (format!("{hash}  a\n{hash}  ../b\n"), format!("line 2 is no sum: \"{hash}  ../b\"")),
            (format!("{hash}  a\n{hash}  a\n"), "a has two sums".to_owned()),
        ] {
            assert_eq!(Sums::parse(&text), Err(reason));
        }
    }

    #[test]
    fn a_file_that_went_has_changed_and_one_that_came_has_not() {
        let sums = |pairs: &[(&str, &str)]| {
            Sums(pairs.iter().map(|(name, hash)| ((*name).into(), (*hash).into())).collect())
        };
        let before = sums(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let later = sums(&[("a", "1"), ("b", "9"), ("d", "4")]);
        assert_eq!(before.changed_in(&later), ["b", "c"]);
    }
}
