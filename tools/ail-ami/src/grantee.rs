//! With whom an image is shared.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One with whom an image or a snapshot is shared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// Every account.
    All,
    /// One account.
    Account(String),
    /// An AWS organization, or a unit of one, by its ARN: reported, never changed here.
    Organization(String),
}

/// All with whom it is shared.
pub type Grantees = BTreeSet<Grantee>;

impl FromStr for Grantee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            id if id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Self::Account(id.to_owned()))
            }
            _ => Err("it is `all`, or an account id of 12 digits".to_owned()),
        }
    }
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "everybody",
            Self::Account(id) | Self::Organization(id) => id,
        })
    }
}

/// The names of all, for a sentence.
pub fn names(grantees: &Grantees) -> String {
    grantees.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grantee_is_all_or_an_account() {
        assert_eq!("all".parse(), Ok(Grantee::All));
        let account = Grantee::Account("123456789012".to_owned());
        assert_eq!("123456789012".parse(), Ok(account));
        for bad in ["", "everybody", "12345678901", "1234567890123", "12345678901a"] {
            assert!(bad.parse::<Grantee>().is_err(), "{bad}");
        }
    }
}
