//! What `check` finds, a line each.

use lib_common::lines::Row;
use schemars::JsonSchema;
use serde::Serialize;

/// Something that a file tells of a release, or should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// What it is about.
    pub what: What,
    /// How it is.
    pub result: Verdict,
    /// What the file says, in one line.
    pub value: Option<String>,
    /// The file.
    pub file: String,
    /// The line of the file, from 1.
    pub line: usize,
    /// Why it cannot stay so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The version of the release.
    Version,
    /// The day of the release.
    Date,
    /// Its code name.
    CodeName,
    /// Its summary.
    Summary,
    /// A heading with changes below it.
    Section,
    /// The tag that it is published under.
    Tag,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Still to be written, which a draft may have.
    Open,
    /// Not there.
    Missing,
    /// There, but nothing is said.
    Empty,
    /// Not of the form that it should have.
    Invalid,
    /// Not what another place says.
    Differs,
}

impl Verdict {
    /// Whether it can be released so.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Ok | Self::Open)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Open => "open",
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::Invalid => "invalid",
            Self::Differs => "differs",
        }
    }
}

impl What {
    /// Its name in lines and in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Date => "date",
            Self::CodeName => "code-name",
            Self::Summary => "summary",
            Self::Section => "section",
            Self::Tag => "tag",
        }
    }
}

impl Row for Finding {
    // Summaries and reasons are long: they stand last, and widen no column there.
    const HEADS: &'static [&'static str] = &["WHAT", "RESULT", "WHERE", "VALUE", "REASON"];

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        vec![
            self.what.name().to_owned(),
            self.result.name().to_owned(),
            format!("{}:{}", self.file, self.line),
            or_dash(self.value.as_deref().map(shortened).as_deref()),
            or_dash(self.reason.as_deref()),
        ]
    }
}

/// A summary in a table: its beginning tells which one it is.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 50;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_has_one_name_in_lines_and_in_tables() {
        use Verdict::{Differs, Empty, Invalid, Missing, Ok, Open};
        for verdict in [Ok, Open, Missing, Empty, Invalid, Differs] {
            assert_eq!(serde_json::to_value(verdict).expect("plain data"), verdict.name());
        }
        use What::{CodeName, Date, Section, Summary, Tag, Version};
        for what in [Version, Date, CodeName, Summary, Section, Tag] {
            assert_eq!(serde_json::to_value(what).expect("plain data"), what.name());
        }
    }

    #[test]
    fn a_long_summary_is_cut_between_letters() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"ä".repeat(60)), "ä".repeat(50) + "…");
    }
}
