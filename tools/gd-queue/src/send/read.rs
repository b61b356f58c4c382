//! Reading jobs from files, and telling every line that is wrong before one is sent.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use lib_common::{Context, Error, Exit, Result};
use serde::Deserialize;

use super::url;
use crate::job::Job;

/// How many wrong lines are shown: enough to see the pattern, few enough to see the top.
const SHOWN: usize = 10;

/// How jobs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// By the name (.ndjson, .jsonl) or the first character ([ { ")
    Auto,
    /// A URL a line; the file is one job
    List,
    /// A job a line: ["URL", …], {"urls": ["URL", …]} or "URL"
    Ndjson,
}

/// A job as NDJSON has it. What `gd-queue send` printed is taken again.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    One(String),
    Many(Vec<String>),
    Named {
        #[serde(default)]
        job: Option<String>,
        urls: Vec<String>,
    },
}

/// The jobs that were read, and what was wrong.
#[derive(Debug, Default)]
struct Reading {
    jobs: Vec<Job>,
    wrong: Vec<String>,
}

/// Reads all jobs of all files (`-` is stdin, and so is no file at all), or says which lines
/// are wrong.
pub fn jobs(context: &Context, files: &[PathBuf], format: Format) -> Result<Vec<Job>> {
    let mut reading = Reading::default();
    let stdin = [PathBuf::from("-")];
    for file in if files.is_empty() { &stdin[..] } else { files } {
        if file == Path::new("-") {
            reading.read("stdin", &context.input()?, format);
        } else {
            let name = file.display().to_string();
            let bytes = std::fs::read(file).map_err(|error| {
                Error::new(Exit::BadInput, format!("cannot read {name}")).caused_by(&error)
            })?;
            reading.read(&name, &bytes, format);
        }
    }
    reading.finish()
}

impl Reading {
    fn read(&mut self, name: &str, bytes: &[u8], format: Format) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let good = String::from_utf8_lossy(bytes);
            let line = good.lines().take_while(|line| !line.contains('\u{fffd}')).count() + 1;
            return self.wrong(name, line, "it is not text (UTF-8)");
        };
        match is_ndjson(name, text, format) {
            true => self.lines(name, text),
            false => self.list(name, text),
        }
    }

    /// One job, a URL a line.
    fn list(&mut self, name: &str, text: &str) {
        let mut urls = Vec::new();
        for (number, line) in lines(text) {
            match url::check(line) {
                Ok(()) => urls.push(line.to_owned()),
                Err(why) => self.wrong(name, number, &why),
            }
        }
        if lines(text).next().is_none() {
            return self.wrong.push(format!("{name}: it names no image"));
        }
        self.jobs.push(Job::new(urls, name));
    }

    /// A job a line.
    fn lines(&mut self, name: &str, text: &str) {
        if lines(text).next().is_none() {
            self.wrong.push(format!("{name}: it holds no job"));
        }
        for (number, line) in lines(text) {
            match job(line, &format!("{name}:{number}")) {
                Ok(job) => self.jobs.push(job),
                Err(why) => self.wrong(name, number, &why),
            }
        }
    }

    fn wrong(&mut self, name: &str, line: usize, why: &str) {
        self.wrong.push(format!("{name}:{line}: {why}"));
    }

    fn finish(self) -> Result<Vec<Job>> {
        if self.wrong.is_empty() {
            return Ok(self.jobs);
        }
        let count = match self.wrong.len() {
            1 => "1 line is wrong".to_owned(),
            n => format!("{n} lines are wrong"),
        };
        let error = Error::new(Exit::BadInput, format!("{count}; nothing was sent"));
        let shown = self.wrong.iter().take(SHOWN);
        let error = shown.fold(error, Error::because);
        Err(match self.wrong.len().checked_sub(SHOWN) {
            Some(more @ 1..) => error.because(format!("and {more} more")),
            _ => error,
        })
    }
}

fn job(line: &str, from: &str) -> Result<Job, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| match error.is_data() {
        true => "expected [\"URL\", …], {\"urls\": [\"URL\", …]} or \"URL\"".to_owned(),
        false => format!("not JSON: {error}"),
    })?;
    let (urls, id) = match line {
        Line::One(url) => (vec![url], None),
        Line::Many(urls) => (urls, None),
        Line::Named { job, urls } => (urls, job),
    };
    if urls.is_empty() {
        return Err("it names no image".to_owned());
    }
    for (number, text) in urls.iter().enumerate() {
        url::check(text).map_err(|why| format!("URL {}: {why}", number + 1))?;
    }
    let job = Job::new(urls, from);
    match id {
        Some(id) if id != job.id => {
            Err(format!("the job of these URLs is {}, not {id:?}: leave `job` out", job.id))
        }
        _ => Ok(job),
    }
}

/// The lines that say something, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty())
}

fn is_ndjson(name: &str, text: &str, format: Format) -> bool {
    match format {
        Format::List => false,
        Format::Ndjson => true,
        Format::Auto => {
            name.ends_with(".ndjson")
                || name.ends_with(".jsonl")
                || text.trim_start().starts_with(['[', '{', '"'])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &[u8], format: Format) -> Result<Vec<Job>> {
        let mut reading = Reading::default();
        reading.read(name, text, format);
        reading.finish()
    }

    fn said(name: &str, text: &[u8]) -> String {
        read(name, text, Format::Auto).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_list_is_one_job_whatever_its_line_ends() {
        let jobs = read("a.txt", b"http://a/1\r\n\n  http://a/2  \n", Format::Auto);
        let jobs = jobs.expect("it is right");
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].urls, ["http://a/1", "http://a/2"]);
        assert_eq!(jobs[0].from, "a.txt");
    }

    #[test]
    fn ndjson_is_a_job_a_line_in_three_forms() {
        let text = b"[\"http://a/1\",\"http://a/2\"]\n{\"urls\":[\"http://a/3\"],\"x\":1}\n\n\"http://a/4\"\n";
        let jobs = read("stdin", text, Format::Auto).expect("it is right");
        let urls: Vec<_> = jobs.iter().map(|job| job.urls.len()).collect();
        assert_eq!(urls, [2, 1, 1]);
        assert_eq!(jobs[2].from, "stdin:4");
    }

    #[test]
    fn every_wrong_line_is_named() {
        assert_eq!(
            said("a.txt", b"http://a/1\nftp://a/2\nhttp://a/3\ncat\n"),
            "2 lines are wrong; nothing was sent\n  \
             a.txt:2: workers fetch by http and https, not by ftp\n  \
             a.txt:4: not a URL: relative URL without a base"
        );
        assert_eq!(
            said("b.ndjson", b"[\"http://a/1\",\"x\"]\n[]\n7\n[\n"),
            "4 lines are wrong; nothing was sent\n  \
             b.ndjson:1: URL 2: not a URL: relative URL without a base\n  \
             b.ndjson:2: it names no image\n  \
             b.ndjson:3: expected [\"URL\", …], {\"urls\": [\"URL\", …]} or \"URL\"\n  \
             b.ndjson:4: not JSON: EOF while parsing a list at line 1 column 1"
        );
    }

    #[test]
    fn what_is_empty_or_binary_is_told() {
        assert!(said("a.txt", b" \n").ends_with("a.txt: it names no image"));
        assert!(said("a.ndjson", b"").ends_with("a.ndjson: it holds no job"));
        assert!(
            said("a.txt", b"http://a/1\n\xff\xd8\n").ends_with("a.txt:2: it is not text (UTF-8)")
        );
    }

    #[test]
    fn hundreds_of_wrong_lines_are_counted() {
        let said = said("a.txt", "x\n".repeat(200).as_bytes());
        assert!(said.starts_with("200 lines are wrong") && said.ends_with("\n  and 190 more"));
    }

    #[test]
    fn an_id_that_is_not_of_the_urls_is_refused() {
        let job = Job::new(vec!["http://a/1".to_owned()], "");
        assert!(read("a.ndjson", job.body().as_bytes(), Format::Auto).is_ok());
        let said = said("a.ndjson", br#"{"job":"mine","urls":["http://a/1"]}"#);
        assert!(said.ends_with("not \"mine\": leave `job` out"), "{said}");
    }
}
