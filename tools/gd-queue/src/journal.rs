//! The sender's journal: what was to be sent, written before it is sent. By it the jobs are
//! known that were lost with a queue.

use std::collections::HashMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use lib_common::{Error, Exit, Result, state};
use serde::{Deserialize, Serialize};

use crate::job::Job;
use crate::queue::Queue;

/// Which journal.
#[derive(Args, Clone, Debug)]
pub struct JournalOption {
    /// Journal of what is sent [default: a file a queue in $XDG_STATE_HOME/ail]
    #[arg(long, env = "GD_JOURNAL", value_name = "FILE", hide_env = true)]
    journal: Option<PathBuf>,
}

impl JournalOption {
    /// The journal of a queue.
    pub fn of(&self, queue: &Queue) -> Result<Journal> {
        let path = match &self.journal {
            Some(path) => path.clone(),
            None => of_queue(&queue.url, &queue.region, &queue.name)?,
        };
        Ok(Journal { path, queue: queue.name.clone() })
    }
}

/// Where the journal of a queue lies: a name is a queue's own in an account's region.
pub fn of_queue(url: &str, region: &str, name: &str) -> Result<PathBuf> {
    let account = url.rsplit('/').nth(1).unwrap_or_default();
    let directory = state::directory().map_err(|error| {
        error.context("cannot tell where to keep the journal").next("give --journal FILE")
    })?;
    Ok(directory.join(format!("journal-{account}-{region}-{name}.ndjson")))
}

/// The journal of a queue: a line an entry, only ever added to.
#[derive(Clone, Debug)]
pub struct Journal {
    path: PathBuf,
    queue: String,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What was done, or is about to be.
    pub event: Event,
    /// When (RFC 3339, UTC).
    pub time: Timestamp,
    /// The name of the queue.
    pub queue: String,
    /// The id of the job.
    pub job: String,
    /// Its images, the first time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
}

/// What was done with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It was to be sent.
    Send,
    /// It was to be sent again.
    Resend,
    /// SQS did not take it, and its sender was told.
    Refused,
    /// SQS did not take it again: it is as lost as before.
    Unsent,
    /// Its montage was there.
    Done,
}

impl Entry {
    fn new(event: Event, queue: &str, job: &str, urls: &[String]) -> Self {
        let (queue, job) = (queue.to_owned(), job.to_owned());
        Self { event, time: Timestamp::now(), queue, job, urls: urls.to_vec() }
    }

    /// A job that is to be sent.
    pub fn sent(queue: &Queue, job: &Job) -> Self {
        Self::new(Event::Send, &queue.name, &job.id, &job.urls)
    }

    /// A job that is to be sent again.
    pub fn resent(queue: &Queue, job: &Job) -> Self {
        Self::new(Event::Resend, &queue.name, &job.id, &[])
    }

    /// A job that SQS did not take.
    pub fn refused(queue: &Queue, job: &Job) -> Self {
        Self::new(Event::Refused, &queue.name, &job.id, &[])
    }

    /// A job that SQS did not take again.
    pub fn unsent(queue: &Queue, job: &Job) -> Self {
        Self::new(Event::Unsent, &queue.name, &job.id, &[])
    }

    /// A job that has its montage.
    pub fn done(queue: &Queue, job: &Job) -> Self {
        Self::new(Event::Done, &queue.name, &job.id, &[])
    }
}

/// A job that was sent, and is not known to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    pub job: Job,
    /// When it was sent, or sent again.
    pub last: Timestamp,
    /// How often it was sent again.
    pub again: u32,
}

impl Journal {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Adds entries. They are on the disk when this returns.
    pub fn note(&self, entries: impl Iterator<Item = Entry>) -> Result<()> {
        let mut text = String::new();
        for entry in entries {
            text.push_str(&serde_json::to_string(&entry).expect("entries are plain data"));
            text.push('\n');
        }
        if text.is_empty() {
            return Ok(());
        }
        self.append(&text).map_err(|error| {
            Error::new(Exit::Failed, format!("cannot keep the journal {}", self.path.display()))
                .caused_by(&error)
                .next("give another by --journal FILE, or --no-journal to send without one")
        })
    }

    fn append(&self, text: &str) -> std::io::Result<()> {
        if let Some(directory) = self.path.parent().filter(|path| !path.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        // URLs can be signed: whoever reads them can fetch what they name.
        let mut file = OpenOptions::new();
        let mut file = file.read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        // Several senders may share it.
        file.lock()?;
        let text = match ends_within_a_line(&mut file)? {
            true => format!("\n{text}"),
            false => text.to_owned(),
        };
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }

    /// The jobs that were sent since then and are not known to be done, the oldest first. There
    /// are none where there is no journal.
    pub fn open_jobs(&self, since: Timestamp) -> Result<Vec<Open>> {
        let text = match std::fs::read(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|error| {
                let what = format!("cannot read the journal {}", self.path.display());
                Error::new(Exit::BadInput, what).caused_by(&error)
            })?,
        };
        let entries = String::from_utf8_lossy(&text);
        // A line that was torn by a lost machine was not followed by a call.
        let entries = entries.lines().filter_map(|line| serde_json::from_str(line).ok());
        let mut open = unsettled(entries.filter(|entry: &Entry| entry.queue == self.queue));
        open.retain(|it| it.last >= since);
        Ok(open)
    }
}

/// Whether the last line has no end: whoever wrote it was killed.
fn ends_within_a_line(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A job, and when it was sent and sent again.
struct Trail {
    job: Job,
    first: Timestamp,
    again: Vec<Timestamp>,
}

impl Trail {
    fn open(self) -> Open {
        let last = self.again.last().copied().unwrap_or(self.first);
        // A journal holds no more lines than fit into memory.
        let again = u32::try_from(self.again.len()).unwrap_or(u32::MAX);
        Open { job: self.job, last, again }
    }
}

fn unsettled(entries: impl Iterator<Item = Entry>) -> Vec<Open> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut all: Vec<Option<Trail>> = Vec::new();
    for entry in entries {
        let place = places.get(&entry.job).copied();
        match (entry.event, place) {
            (Event::Send, _) => {
                let job = Job::new(entry.urls, "the journal");
                // What somebody wrote into it is no job of ours.
                if job.id != entry.job {
                    continue;
                }
                places.insert(entry.job, all.len());
                if let Some(before) = place {
                    all[before] = None;
                }
                all.push(Some(Trail { job, first: entry.time, again: Vec::new() }));
            }
            (Event::Resend, Some(place)) => {
                if let Some(trail) = &mut all[place] {
                    trail.again.push(entry.time);
                }
            }
            (Event::Unsent, Some(place)) => {
                if let Some(trail) = &mut all[place] {
                    trail.again.pop();
                }
            }
            (Event::Refused | Event::Done, Some(place)) => all[place] = None,
            (_, None) => {}
        }
    }
    all.into_iter().flatten().map(Trail::open).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(n: u32) -> Job {
        Job::new(vec![format!("http://a/{n}")], "")
    }

    fn entry(event: Event, n: u32) -> Entry {
        let job = job(n);
        let urls = if event == Event::Send { job.urls.clone() } else { Vec::new() };
        Entry::new(event, "input", &job.id, &urls)
    }

    fn journal(name: &str) -> (tempfile::TempDir, Journal) {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("below").join(name);
        (directory, Journal { path, queue: "input".to_owned() })
    }

    fn open(journal: &Journal) -> Vec<(Vec<String>, u32)> {
        let open = journal.open_jobs(Timestamp::UNIX_EPOCH).expect("it can be read");
        open.into_iter().map(|open| (open.job.urls, open.again)).collect()
    }

    #[test]
    fn what_is_neither_done_nor_refused_is_open() {
        let (_directory, journal) = journal("a");
        assert_eq!(open(&journal), []);
        let sent = (1..=4).map(|n| entry(Event::Send, n));
        journal.note(sent).expect("it is written");
        let then = [entry(Event::Done, 1), entry(Event::Resend, 3), entry(Event::Refused, 4)];
        journal.note(then.into_iter()).expect("it is written");
        let urls = |n| job(n).urls;
        assert_eq!(open(&journal), [(urls(2), 0), (urls(3), 1)]);
        // Sent by a person again, it begins anew, at its place in time.
        journal.note([entry(Event::Send, 2), entry(Event::Send, 1)].into_iter()).expect("written");
        assert_eq!(open(&journal), [(urls(3), 1), (urls(2), 0), (urls(1), 0)]);
        let late = Timestamp::now() + std::time::Duration::from_secs(9);
        assert_eq!(journal.open_jobs(late).expect("it can be read"), []);
    }

    #[test]
    fn what_was_not_taken_again_is_as_it_was_before() {
        let (_directory, journal) = journal("a");
        journal.note([entry(Event::Send, 1)].into_iter()).expect("it is written");
        let before = journal.open_jobs(Timestamp::UNIX_EPOCH).expect("it can be read");
        for _ in 0..4 {
            let missed = [entry(Event::Resend, 1), entry(Event::Unsent, 1)];
            journal.note(missed.into_iter()).expect("it is written");
        }
        assert_eq!(journal.open_jobs(Timestamp::UNIX_EPOCH).expect("it can be read"), before);
        journal.note([entry(Event::Resend, 1)].into_iter()).expect("it is written");
        assert_eq!(open(&journal), [(job(1).urls, 1)]);
    }

    #[test]
    fn a_torn_line_and_those_of_others_hide_nothing() {
        let (_directory, journal) = journal("a");
        journal.note([entry(Event::Send, 1)].into_iter()).expect("it is written");
        let mut torn = std::fs::read(journal.path()).expect("it is there");
        torn.extend(b"{\"event\":\"send\",\"ti");
        std::fs::write(journal.path(), torn).expect("it is written");
        let other = Entry { queue: "other".to_owned(), ..entry(Event::Send, 2) };
        let forged = Entry { job: "0".repeat(32), ..entry(Event::Send, 3) };
        journal.note([other, forged, entry(Event::Send, 4)].into_iter()).expect("it is written");
        assert_eq!(open(&journal), [(job(1).urls, 0), (job(4).urls, 0)]);
    }

    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, journal) = journal("a");
        journal.note([entry(Event::Send, 1)].into_iter()).expect("it is written");
        let mode = std::fs::metadata(journal.path()).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
