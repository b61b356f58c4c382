//! The makers of public Linux images: their account and the user their images let in.

use std::fmt;
use std::str::FromStr;

/// Owners whose images let in a known user (each maker's documentation of its images).
const USERS: [(&str, &str); 9] = [
    ("099720109477", "ubuntu"),   // Canonical
    ("136693071363", "admin"),    // Debian
    ("amazon", "ec2-user"),       // Amazon, by its alias
    ("137112412989", "ec2-user"), // Amazon Linux
    ("309956199498", "ec2-user"), // Red Hat
    ("013907871322", "ec2-user"), // SUSE
    ("764336703387", "ec2-user"), // AlmaLinux
    ("792107900819", "rocky"),    // Rocky Linux
    ("125523088429", "fedora"),   // Fedora
];

/// Who owns an image: an account, or an alias that EC2 knows.
#[derive(Clone, Debug)]
pub struct Owner(String);

impl Owner {
    /// As EC2 takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The user that the images of this owner let in.
#[must_use]
pub fn user(owner: &str) -> Option<&'static str> {
    USERS.iter().find(|(id, _)| *id == owner).map(|(_, user)| *user)
}

impl FromStr for Owner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let account = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        match account || matches!(text, "self" | "amazon" | "aws-marketplace") {
            true => Ok(Self(text.to_owned())),
            false => Err("an owner is an account id of 12 digits, self, amazon or \
                          aws-marketplace"
                .to_owned()),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_an_account_or_an_alias() {
        for good in ["099720109477", "self", "amazon", "aws-marketplace"] {
            assert!(good.parse::<Owner>().is_ok(), "{good}");
        }
        for bad in ["", "canonical", "09972010947", "0997201094777", "09972010947x"] {
            assert!(bad.parse::<Owner>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_owner_has_no_user() {
        assert_eq!(user("099720109477"), Some("ubuntu"));
        assert_eq!(user("self"), None);
    }
}
