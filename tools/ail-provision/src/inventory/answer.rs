//! What the instance says of itself, read with suspicion: it is not ours to trust.

use serde::Deserialize;

use super::os_release;
use crate::sbom::{Contents, DebPackage, PythonPackage};

/// Longer than any name or version there is; Debian's own limit of a file name is 255.
const LONGEST: usize = 255;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    os_release: String,
    dpkg: String,
    python: Vec<Environment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Environment {
    path: String,
    packages: Vec<(Option<String>, Option<String>)>,
}

/// Reads the answer, or says what is wrong with it.
pub fn parse(bytes: &[u8]) -> Result<Contents, String> {
    let answer: Answer = serde_json::from_slice(bytes)
        .map_err(|error| format!("it does not answer with a list of packages: {error}"))?;
    let system = os_release::parse(&answer.os_release)?;
    let mut debs = Vec::new();
    for (n, line) in answer.dpkg.lines().enumerate() {
        let package = deb(line).map_err(|why| format!("dpkg-query, line {}: {why}", n + 1))?;
        debs.extend(package);
    }
    if debs.is_empty() {
        return Err("dpkg-query: no package is installed".to_owned());
    }
    let mut python = Vec::new();
    for environment in answer.python {
        let path = &environment.path;
        if !path.starts_with('/') || path.len() > 4096 || path.chars().any(char::is_control) {
            return Err(format!("Python: expected a path, found {}", shown(path)));
        }
        for (name, version) in environment.packages {
            let package = pypi(name.as_deref(), version.as_deref(), path)
                .map_err(|why| format!("Python, {path}: {why}"))?;
            python.push(package);
        }
    }
    Ok(Contents { system, debs, python })
}

/// A line of dpkg-query, if its package is installed.
fn deb(line: &str) -> Result<Option<DebPackage>, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [status, name, version, architecture, source, source_version] = fields[..] else {
        return Err(format!("expected 6 fields, found {} in {}", fields.len(), shown(line)));
    };
    if status != "installed" {
        return Ok(None);
    }
    let name = field("a package's name", name, is_deb_name)?;
    Ok(Some(DebPackage {
        version: field(&format!("a version of {name}"), version, is_deb_version)?,
        architecture: field(&format!("an architecture of {name}"), architecture, is_deb_name)?,
        source: field(&format!("a source of {name}"), source, is_deb_name)?,
        source_version: field(
            &format!("a version of the source of {name}"),
            source_version,
            is_deb_version,
        )?,
        name,
    }))
}

fn pypi(name: Option<&str>, version: Option<&str>, path: &str) -> Result<PythonPackage, String> {
    let name = field("a package's name", name.unwrap_or_default(), is_python_name)?;
    let wanted = format!("a version of {name}");
    let version = field(&wanted, version.unwrap_or_default(), |c, _| c.is_ascii_graphic())?;
    Ok(PythonPackage { name, version, path: path.to_owned() })
}

/// A text whose characters fit; `fits` is also told whether the character is at an end.
fn field(wanted: &str, text: &str, fits: fn(char, bool) -> bool) -> Result<String, String> {
    let last = text.chars().count().saturating_sub(1);
    let fits = |(n, c)| fits(c, n == 0 || n == last);
    match (1..=LONGEST).contains(&text.len()) && text.chars().enumerate().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(format!("expected {wanted}, found {}", shown(text))),
    }
}

/// Debian Policy 5.6.1 (names) and 5.6.8 (architectures).
fn is_deb_name(c: char, _: bool) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c)
}

/// Debian Policy 5.6.12.
fn is_deb_version(c: char, _: bool) -> bool {
    c.is_ascii_alphanumeric() || "+-.:~".contains(c)
}

/// The Python packaging specification "Names and normalization".
fn is_python_name(c: char, at_an_end: bool) -> bool {
    c.is_ascii_alphanumeric() || (!at_an_end && "._-".contains(c))
}

/// A text for an error: short, and with its control characters escaped.
fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn answer(dpkg: &str, python: &Value) -> Result<Contents, String> {
        let os = "ID=debian\nVERSION_ID=\"12\"\n";
        parse(json!({"os_release": os, "dpkg": dpkg, "python": python}).to_string().as_bytes())
    }

    const LINE: &str = "installed\tg++\t4:12.2.0-3\tamd64\tgcc-defaults\t1.203\n";

    #[test]
    fn only_what_is_installed_counts() {
        let gone = "config-files\told\t1\tall\told\t1\n";
        let contents = answer(&format!("{gone}{LINE}"), &json!([])).expect("a list");
        assert_eq!(
            contents.debs,
            [DebPackage {
                name: "g++".to_owned(),
                version: "4:12.2.0-3".to_owned(),
                architecture: "amd64".to_owned(),
                source: "gcc-defaults".to_owned(),
                source_version: "1.203".to_owned(),
            }]
        );
    }

    #[test]
    fn what_is_no_list_is_named() {
        for (dpkg, why) in [
            ("", "dpkg-query: no package is installed"),
            ("sudo: hello", "dpkg-query, line 1: expected 6 fields, found 1 in \"sudo: hello\""),
            (
                "installed\tA\t1\tall\ta\t1",
                "dpkg-query, line 1: expected a package's name, found \"A\"",
            ),
            (
                "installed\ta\t\u{1b}[2J\tall\ta\t1",
                "dpkg-query, line 1: expected a version of a, found \"\\u{1b}[2J\"",
            ),
            (
                "installed\ta\t1\t\ta\t1",
                "dpkg-query, line 1: expected an architecture of a, found \"\"",
            ),
        ] {
            assert_eq!(answer(dpkg, &json!([])).expect_err(dpkg), why);
        }
        for (python, why) in [
            (json!([{"path": "v", "packages": []}]), "Python: expected a path, found \"v\""),
            (
                json!([{"path": "/v", "packages": [[null, "1"]]}]),
                "Python, /v: expected a package's name, found \"\"",
            ),
            (
                json!([{"path": "/v", "packages": [["a-", "1"]]}]),
                "Python, /v: expected a package's name, found \"a-\"",
            ),
            (
                json!([{"path": "/v", "packages": [["a", "x".repeat(256)]]}]),
                &format!("Python, /v: expected a version of a, found {:?}…", "x".repeat(60)),
            ),
        ] {
            assert_eq!(answer(LINE, &python).expect_err("not a list"), why);
        }
        let error = parse(b"{}").expect_err("empty");
        assert!(
            error.starts_with("it does not answer with a list of packages: missing"),
            "{error}"
        );
    }

    proptest! {
        /// Whatever the instance says, it is read or refused.
        #[test]
        fn no_answer_is_too_strange(dpkg in ".*(\t.*){0,6}", name in any::<Option<String>>(), path in ".*") {
            let _ = answer(&dpkg, &json!([{"path": path, "packages": [[name, "1"]]}]));
        }

        /// What was accepted has nothing that could move a cursor or end a line.
        #[test]
        fn what_is_taken_is_plain(fields in proptest::collection::vec("[a-z0-9+.:~\\-\u{0}-\u{20}é]{1,6}", 5)) {
            if let Ok(Some(package)) = deb(&format!("installed\t{}", fields.join("\t"))) {
                let DebPackage { name, version, architecture, source, source_version } = package;
                let all = [name, version, architecture, source, source_version].concat();
                prop_assert!(all.chars().all(|c| c.is_ascii_graphic()));
                prop_assert_eq!(all, fields.concat());
            }
        }
    }
}
