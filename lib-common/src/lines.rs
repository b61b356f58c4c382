//! Lists on stdout: a line an item for pipes, a table for people.

use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{ContentArrangement, Table};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde::Serialize;

use crate::cli::Format;
use crate::{Error, Exit, Result};

/// One item of a list.
pub trait Row: Serialize {
    /// The heads of the columns of its table.
    const HEADS: &'static [&'static str];
    /// Its cells, as many as there are heads.
    fn cells(&self) -> Vec<String>;
}

/// A list that is being printed.
///
/// NDJSON goes out line by line, at once; the other formats are printed by
/// [`List::finish`].
#[derive(Debug)]
pub struct List<R: Row> {
    format: Format,
    held: Vec<R>,
}

impl<R: Row> List<R> {
    /// Begins a list.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, held: Vec::new() }
    }

    /// Adds an item.
    pub fn push(&mut self, row: R) -> Result<()> {
        match self.format {
            Format::Ndjson => print(&format!("{}\n", json(&row))),
            _ => {
                self.held.push(row);
                Ok(())
            }
        }
    }

    /// Prints what is not printed yet.
    pub fn finish(self) -> Result<()> {
        match self.format {
            Format::Ndjson => Ok(()),
            Format::Json => {
                let text = serde_json::to_string_pretty(&self.held).expect("rows are plain data");
                print(&format!("{text}\n"))
            }
            Format::Table => print(&format!("{}\n", table(&self.held, Look::Columns))),
            Format::Markdown => print(&format!("{}\n", table(&self.held, Look::Markdown))),
        }
    }
}

/// Writes to stdout. Whoever closed it has seen enough: that is not an error.
pub fn print(text: &str) -> Result<()> {
    offer(text).map(drop)
}

/// Who reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Somebody does.
    There,
    /// Whoever did has closed it.
    Gone,
}

/// Writes to stdout, and tells whether its reader is still there: what is taken from a
/// queue must not be lost with it.
pub fn offer(text: &str) -> Result<Reader> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(reader(&out)),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Error::new(Exit::Failed, "cannot write to stdout").caused_by(&error)),
    }
}

/// A pipe whose reader is gone says so without being written to (poll(2), POLLERR).
fn reader(out: &impl AsFd) -> Reader {
    let mut polled = [PollFd::new(out.as_fd(), PollFlags::empty())];
    let known = poll(&mut polled, PollTimeout::ZERO).is_ok();
    match polled[0].revents() {
        Some(events) if known && events.contains(PollFlags::POLLERR) => Reader::Gone,
        _ => Reader::There,
    }
}

fn json(row: &impl Serialize) -> String {
    serde_json::to_string(row).expect("rows are plain data")
}

/// How a table looks.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    Columns,
    Markdown,
}

fn table<R: Row>(rows: &[R], look: Look) -> String {
    let mut table = Table::new();
    table.load_style(match look {
        Look::Columns => NOTHING,
        Look::Markdown => ASCII_MARKDOWN,
    });
    // A line an item: a wrapped ARN can be neither grepped nor pasted.
    table.set_content_arrangement(ContentArrangement::Disabled);
    let escape = |cell: String| match look {
        Look::Columns => cell,
        Look::Markdown => cell.replace('|', "\\|"),
    };
    table.set_header(R::HEADS.iter().map(|head| (*head).to_owned()));
    for row in rows {
        table.add_row(row.cells().into_iter().map(escape));
    }
    let lines: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Pair(&'static str, &'static str);

    impl Row for Pair {
        const HEADS: &'static [&'static str] = &["TYPE", "ID"];
        fn cells(&self) -> Vec<String> {
            vec![self.0.to_owned(), self.1.to_owned()]
        }
    }

    #[test]
    fn a_table_lines_up() {
        let rows = [Pair("image", "ami-1"), Pair("key-pair", "key-1")];
        assert_eq!(
            table(&rows, Look::Columns),
            " TYPE      ID\n image     ami-1\n key-pair  key-1"
        );
    }

    #[test]
    fn markdown_escapes_its_bars() {
        assert_eq!(
            table(&[Pair("a|b", "c")], Look::Markdown),
            "| TYPE | ID |\n|------|----|\n| a\\|b | c  |"
        );
    }

    #[test]
    fn a_pipe_tells_that_its_reader_is_gone() {
        let (receiver, sender) = io::pipe().expect("a pipe");
        assert_eq!(reader(&sender), Reader::There);
        drop(receiver);
        assert_eq!(reader(&sender), Reader::Gone);
    }
}
