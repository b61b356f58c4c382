//! Keys and values of tags, as the services allow them.

use std::str::FromStr;

use jiff::Timestamp;
use lib_common::{AssetId, tags};

/// EC2, CloudFormation and S3 alike: "Tag restrictions" of the EC2 User Guide, Tag of the
/// CloudFormation and S3 API References.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;
/// What all three allow beside letters, digits and spaces.
const SIGNS: &str = "_.:/=+-@";

/// `KEY=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub key: Key,
    pub value: String,
}

/// A key that a person may set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(pub String);

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
        let pair = Self { key: key.parse()?, value: value.to_owned() };
        let length = value.chars().count();
        if length > LONGEST_VALUE {
            return Err(format!("a value has at most {LONGEST_VALUE} characters, not {length}"));
        }
        has_allowed_characters("value", value)?;
        pair.says_what_its_key_means()?;
        Ok(pair)
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if length == 0 {
            return Err("a key has at least one character".to_owned());
        }
        if length > LONGEST_KEY {
            return Err(format!("a key has at most {LONGEST_KEY} characters, not {length}"));
        }
        if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err("keys that begin with aws: are AWS's own".to_owned());
        }
        has_allowed_characters("key", text)?;
        Ok(Self(text.to_owned()))
    }
}

impl Pair {
    /// The tools find, narrow and expire by their own tags: a value that they cannot read
    /// would hide the thing from them.
    fn says_what_its_key_means(&self) -> Result<(), String> {
        let (key, value) = (self.key.0.as_str(), self.value.as_str());
        match key {
            tags::ASSET_ID => value.parse::<AssetId>().map(drop).map_err(|e| e.to_string()),
            tags::EXPIRES => value
                .parse::<Timestamp>()
                .map(drop)
                .map_err(|_| format!("{key} is a time such as 2026-01-31T12:00:00Z")),
            tags::RUN => match value.len() == 8
                && value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            {
                true => Ok(()),
                false => Err(format!("{key} is 8 lower-case hex digits")),
            },
            _ => Ok(()),
        }
    }
}

fn has_allowed_characters(of: &str, text: &str) -> Result<(), String> {
    let allowed = |c: &char| c.is_alphanumeric() || *c == ' ' || SIGNS.contains(*c);
    match text.chars().find(|c| !allowed(c)) {
        None => Ok(()),
        Some(other) => Err(format!(
            "a {of} is made of letters, digits, spaces and {SIGNS}; {other:?} is none of them"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_split_at_its_first_equals_sign() {
        let pair: Pair = "team=a=b".parse().expect("valid");
        assert_eq!((pair.key.0.as_str(), pair.value.as_str()), ("team", "a=b"));
        let empty: Pair = "team=".parse().expect("an empty value is one");
        assert_eq!(empty.value, "");
        "Büro 1=größer".parse::<Pair>().expect("letters of any language");
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("team", "expected KEY=VALUE"),
            ("=x", "a key has at least one character"),
            ("AWS:x=1", "keys that begin with aws: are AWS's own"),
            ("a*=1", "a key is made of letters, digits, spaces and _.:/=+-@; '*' is none of them"),
            (
                "a=x\ny",
                "a value is made of letters, digits, spaces and _.:/=+-@; '\\n' is none of them",
            ),
            ("ail:asset-id=a/b", "'/' is none of them"),
            ("ail:expires=tomorrow", "ail:expires is a time such as 2026-01-31T12:00:00Z"),
            ("ail:run=1", "ail:run is 8 lower-case hex digits"),
        ] {
            let error = text.parse::<Pair>().expect_err("refused");
            assert!(error.contains(fault), "{text}: {error}");
        }
        let long = |n, m| format!("{}={}", "k".repeat(n), "v".repeat(m)).parse::<Pair>();
        assert!(long(128, 256).is_ok());
        assert_eq!(long(129, 1), Err("a key has at most 128 characters, not 129".to_owned()));
        assert_eq!(long(1, 257), Err("a value has at most 256 characters, not 257".to_owned()));
    }
}
