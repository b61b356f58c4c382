//! Package URLs: the names by which a package is known everywhere (ECMA-427).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::System;

/// What stands for itself: letters, digits, and these. All else is percent-encoded; a `:`
/// is not, wherever it stands (ECMA-427, "Character encoding").
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~').remove(b':');

/// A package of dpkg, such as `pkg:deb/debian/dpkg@1.21.22?arch=amd64&distro=debian-12`; a
/// source has the architecture `source`.
pub fn deb(system: &System, name: &str, version: &str, architecture: &str) -> String {
    format!(
        "pkg:deb/{}/{}@{}?arch={}&distro={}",
        encoded(&system.id),
        encoded(name),
        encoded(version),
        encoded(architecture),
        encoded(&system.label())
    )
}

/// A package of Python, such as `pkg:pypi/jupyterlab@4.4.0`.
pub fn pypi(name: &str, version: &str) -> String {
    format!("pkg:pypi/{}@{}", encoded(&normalised(name)), encoded(version))
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// One spelling of a name that has many (PEP 503): small letters, and a `-` for each run of
/// `-`, `_` and `.`.
fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).enumerate();
    let parts = parts.filter(|(n, part)| *n == 0 || !part.is_empty()).map(|(_, part)| part);
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn debian() -> System {
        System { id: "debian".to_owned(), version: Some("12".to_owned()) }
    }

    #[test]
    fn a_name_reads_as_the_specification_has_it() {
        assert_eq!(
            deb(&debian(), "g++-12", "1:12.2.0-14+deb12u1~x", "amd64"),
            "pkg:deb/debian/g%2B%2B-12@1:12.2.0-14%2Bdeb12u1~x?arch=amd64&distro=debian-12"
        );
        assert_eq!(pypi("Foo.Bar__baz-Q", "1!2.0+cu12"), "pkg:pypi/foo-bar-baz-q@1%212.0%2Bcu12");
        assert_eq!(pypi("A", "1/2@3?4#5&6 %"), "pkg:pypi/a@1%2F2%403%3F4%235%266%20%25");
    }

    /// The parts of a package URL, as the specification takes one apart, from the right.
    fn parts(purl: &str) -> (String, String, String, Vec<(String, String)>) {
        let decoded =
            |text: &str| percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
        let (rest, qualifiers) = purl.split_once('?').unwrap_or((purl, ""));
        let pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        let pairs = pairs.map(|(key, value)| (key.to_owned(), decoded(value))).collect();
        let (rest, version) = rest.rsplit_once('@').expect("a version");
        let (kind, name) = rest.rsplit_once('/').expect("a name");
        (kind.to_owned(), decoded(name), decoded(version), pairs)
    }

    proptest! {
        #[test]
        fn whatever_a_package_is_called_comes_back(name in ".{1,20}", version in ".{1,20}", architecture in ".{1,8}") {
            let (kind, n, v, pairs) = parts(&deb(&debian(), &name, &version, &architecture));
            prop_assert_eq!((kind.as_str(), n, v), ("pkg:deb/debian", name, version));
            let distro = ("distro".to_owned(), "debian-12".to_owned());
            prop_assert_eq!(pairs, vec![("arch".to_owned(), architecture), distro]);
        }

        #[test]
        fn only_plain_characters_are_left(name in ".{0,20}", version in ".{0,20}") {
            let purl = pypi(&name, &version);
            prop_assert!(purl.chars().all(|c| c.is_ascii_alphanumeric() || ".-_~:/@%".contains(c)));
            prop_assert_eq!(purl.matches('@').count(), 1);
            prop_assert_eq!(purl.matches('/').count(), 1);
        }

        #[test]
        fn all_spellings_are_one(name in "[A-Za-z0-9]([._-]{0,3}[A-Za-z0-9]){0,6}") {
            let once = normalised(&name);
            prop_assert!(!once.contains("--") && !once.contains(['_', '.']));
            prop_assert_eq!(&normalised(&once), &once);
            prop_assert_eq!(normalised(&name.to_uppercase().replace(['-', '.'], "_")), once);
        }
    }
}
