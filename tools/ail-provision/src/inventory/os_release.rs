//! The file /etc/os-release: which system this is.

use crate::sbom::System;

/// Reads identity and version (os-release(5)).
pub fn parse(text: &str) -> Result<System, String> {
    let value = |name: &str| {
        // Of several the last one holds, as where a shell reads the file.
        let mut lines = text.lines().filter_map(|line| line.trim().split_once('='));
        lines.rfind(|(key, _)| *key == name).map(|(_, value)| unquoted(value))
    };
    let id = value("ID").unwrap_or_else(|| "linux".to_owned());
    // A rolling release, such as Debian's unstable, has no version.
    let version = value("VERSION_ID").or_else(|| value("VERSION_CODENAME"));
    for (name, text) in [("ID", Some(&id)), ("VERSION_ID", version.as_ref())] {
        if let Some(text) = text.filter(|text| !is_identifier(text)) {
            let text: String = text.chars().take(60).collect();
            return Err(format!("/etc/os-release: {name} is not an identifier: {text:?}"));
        }
    }
    Ok(System { id, version })
}

/// The characters that os-release(5) gives to ID and VERSION_ID.
fn is_identifier(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    (1..=64).contains(&text.len()) && text.chars().all(fits)
}

/// A value as a shell reads it.
fn unquoted(value: &str) -> String {
    let quoted = |mark: char| value.strip_prefix(mark)?.strip_suffix(mark);
    if let Some(plain) = quoted('\'') {
        return plain.to_owned();
    }
    let mut text = String::new();
    let mut characters = quoted('"').unwrap_or(value).chars();
    while let Some(c) = characters.next() {
        text.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(id: &str, version: Option<&str>) -> System {
        System { id: id.to_owned(), version: version.map(str::to_owned) }
    }

    #[test]
    fn it_is_read_as_a_shell_does() {
        for (text, expected) in [
            (
                "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nID=debian\n",
                system("debian", Some("12")),
            ),
            ("ID='ubuntu'\nVERSION_ID=\"22.04\"\nID_LIKE=debian", system("ubuntu", Some("22.04"))),
            ("ID=debian\nVERSION_CODENAME=sid\n", system("debian", Some("sid"))),
            ("ID=arch\n", system("arch", None)),
            ("# nothing\n", system("linux", None)),
            ("ID=a\n ID=\"b\"\n", system("b", None)),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_identifier_is_refused() {
        assert_eq!(
            parse("ID=\"a/b\""),
            Err("/etc/os-release: ID is not an identifier: \"a/b\"".to_owned())
        );
        parse("ID=debian\nVERSION_ID=\"\"").expect_err("empty");
        parse("ID=debian\nVERSION_ID=1\u{1b}").expect_err("a control character");
    }
}
