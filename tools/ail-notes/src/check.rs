//! `ail-notes check`.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use lib_common::lines::List;
use lib_common::{Context, Exit, Outcome, Result};

use crate::changes::{Changes, Form, Release, Said, is_open, version_of_name};
use crate::finding::{Finding, Verdict, What};
use crate::place::{self, OfTag};
use crate::tag::{self, Tag};

/// What to check.
#[derive(Args)]
pub struct Options {
    /// File to check [default: CHANGELOG.md, else the tag's or the newest of
    /// doc/changes/changes_*.md]
    file: Option<PathBuf>,

    /// Let version, date, code name and summary be open, as they are before a release
    #[arg(long)]
    draft: bool,

    #[command(flatten)]
    tag: OfTag,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let path = match options.file {
        Some(path) => path,
        None => place::find(options.tag.asked())?,
    };
    let changes = Changes::read(&path)?;
    let tag = match options.draft {
        // The commit that a draft grows on is that of the release before.
        true => options.tag.asked().cloned(),
        false => options.tag.of(&changes),
    };
    let check = Check { changes: &changes, draft: options.draft, tag };
    let findings = check.findings();
    let mut list = List::new(context.format());
    for finding in &findings {
        list.push(finding.clone())?;
    }
    list.finish()?;
    let faults = findings.iter().filter(|finding| !finding.result.is_fine()).count();
    let file = path.display();
    context.progress().say(&match faults {
        0 => format!("{file}: nothing to mend"),
        1 => format!("{file}: 1 thing to mend"),
        n => format!("{file}: {n} things to mend"),
    });
    match faults {
        0 => Ok(Outcome::printed()),
        _ => Ok(Outcome::printed().with_code(Exit::Failed.code())),
    }
}

/// One file, and what it is held against.
struct Check<'a> {
    changes: &'a Changes,
    draft: bool,
    tag: Option<Tag>,
}

impl Check<'_> {
    fn findings(&self) -> Vec<Finding> {
        let of_tag = self.tag.as_ref().and_then(|tag| self.changes.of(tag));
        let release = of_tag.unwrap_or_else(|| self.changes.newest());
        let mut findings = vec![self.version(release), self.date(release)];
        findings.extend(self.code_name(release));
        findings.extend(self.summary(release));
        findings.extend(self.sections(release));
        findings.extend(self.tag.as_ref().map(|tag| self.compare(tag, release)));
        findings
    }

    fn version(&self, release: &Release) -> Finding {
        let Some(said) = &release.version else {
            let why = match self.changes.form {
                Form::Changelog => "the newest release is still called Unreleased",
                Form::File => "the title names none: write it as `# NAME 1.2.3, released DATE`",
            };
            return self.open(What::Version, None, release.line, Verdict::Missing, why.to_owned());
        };
        if is_open(&said.text) {
            let why = "it is still to be written".to_owned();
            return self.open(What::Version, Some(said), said.line, Verdict::Missing, why);
        }
        let Some(version) = tag::version(&said.text) else {
            let why = "it is not of the form 1.2.3 (https://semver.org)".to_owned();
            return self.finding(What::Version, Some(said), said.line, Verdict::Invalid, Some(why));
        };
        let others = self.changes.releases.iter().filter(|other| other.line != release.line);
        let mut twice = others.filter(|other| other.number().as_ref() == Some(&version));
        let named = version_of_name(&self.changes.path).filter(|name| {
            self.changes.form == Form::File && tag::version(name).as_ref() != Some(&version)
        });
        let why = match (twice.next(), named) {
            (Some(other), _) => Some(format!("line {} has the same one", other.line)),
            (_, Some(name)) => Some(format!("the file is named after {name}")),
            _ => None,
        };
        let result = if why.is_some() { Verdict::Differs } else { Verdict::Ok };
        self.finding(What::Version, Some(said), said.line, result, why)
    }

    fn date(&self, release: &Release) -> Finding {
        let Some(said) = release.date.as_ref().filter(|said| !said.text.is_empty()) else {
            let why = match self.changes.form {
                Form::Changelog => "write it behind the version: `## [1.2.3] - 2026-11-22`",
                Form::File => "write it into the title: `# NAME 1.2.3, released 2026-11-22`",
            };
            return self.open(What::Date, None, release.line, Verdict::Missing, why.to_owned());
        };
        // jiff reads other forms too.
        let is_day = said.text.len() == "2026-11-22".len() && said.text.parse::<Date>().is_ok();
        if is_day {
            return self.finding(What::Date, Some(said), said.line, Verdict::Ok, None);
        }
        let why = "it is no day of the form 2026-11-22".to_owned();
        match is_open(&said.text) {
            true => self.open(What::Date, Some(said), said.line, Verdict::Missing, why),
            false => self.finding(What::Date, Some(said), said.line, Verdict::Invalid, Some(why)),
        }
    }

    /// A changelog may have one, a file of changes must.
    fn code_name(&self, release: &Release) -> Option<Finding> {
        let why = "write it below the title: `Code name: …`".to_owned();
        self.words(What::CodeName, release.code_name.as_ref(), release.line, why)
    }

    /// A changelog may have one, a file of changes must.
    fn summary(&self, release: &Release) -> Option<Finding> {
        let why = "write what the release is for, below `## Summary`".to_owned();
        self.words(What::Summary, release.summary.as_ref(), release.line, why)
    }

    fn words(&self, what: What, said: Option<&Said>, line: usize, why: String) -> Option<Finding> {
        match said {
            Some(said) if !is_open(&said.text) => {
                Some(self.finding(what, Some(said), said.line, Verdict::Ok, None))
            }
            Some(said) => Some(self.open(what, Some(said), said.line, Verdict::Empty, why)),
            None if self.changes.form == Form::Changelog => None,
            None => Some(self.open(what, None, line, Verdict::Missing, why)),
        }
    }

    /// Those below which nothing stands, or that there is none.
    fn sections(&self, release: &Release) -> Vec<Finding> {
        if !release.tells() && release.sections.is_empty() {
            let why = "it tells of no change".to_owned();
            let line = release.line;
            return vec![self.finding(What::Section, None, line, Verdict::Missing, Some(why))];
        }
        let empty = release.sections.iter().filter_map(|section| {
            let why = match section.empty.as_deref()? {
                "" => "nothing stands below it".to_owned(),
                word => format!("below it stands only {word}"),
            };
            let title = &section.title;
            Some(self.finding(What::Section, Some(title), title.line, Verdict::Empty, Some(why)))
        });
        empty.collect()
    }

    fn compare(&self, tag: &Tag, release: &Release) -> Finding {
        let said = Said { text: tag.name.clone(), line: release.line };
        let why = if self.changes.of(tag).is_none() {
            let newest = release.version.as_ref().map_or("unreleased", |v| v.text.as_str());
            Some(format!("the newest release of the file is {newest}"))
        } else {
            let first = &self.changes.releases[0];
            let late = first.version.is_none()
                && first.tells()
                && self.changes.newest_numbered().is_some_and(|newest| newest == release);
            late.then(|| format!("line {} tells of more that is Unreleased", first.line))
        };
        let result = if why.is_some() { Verdict::Differs } else { Verdict::Ok };
        self.finding(What::Tag, Some(&said), said.line, result, why)
    }

    /// Something that a draft may still have to write.
    fn open(
        &self,
        what: What,
        said: Option<&Said>,
        line: usize,
        result: Verdict,
        why: String,
    ) -> Finding {
        match self.draft {
            true => self.finding(what, said, line, Verdict::Open, None),
            false => self.finding(what, said, line, result, Some(why)),
        }
    }

    fn finding(
        &self,
        what: What,
        said: Option<&Said>,
        line: usize,
        result: Verdict,
        reason: Option<String>,
    ) -> Finding {
        Finding {
            what,
            result,
            value: said.map(|said| said.text.clone()).filter(|text| !text.is_empty()),
            file: self.changes.path.display().to_string(),
            line,
            reason,
        }
    }
}

#[cfg(test)]
mod tests;
