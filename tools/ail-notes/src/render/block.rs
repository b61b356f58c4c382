//! The part of a text that this tool writes: what stands between two lines that mark it.

use std::ops::Range;

/// The line before it.
pub const BEGIN: &str = "<!-- ail-notes: begin -->";
/// The line after it.
pub const END: &str = "<!-- ail-notes: end -->";

/// Why a text has no place for the notes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    /// It has neither of the two lines.
    #[error("no line says {BEGIN}, and none {END}")]
    NoMarks,
    /// It has one of the two.
    #[error("line {line} says {found}, and no line says {missing}")]
    One {
        /// The mark that is there.
        found: &'static str,
        /// Where it is.
        line: usize,
        /// The mark that is not.
        missing: &'static str,
    },
    /// It has one of them more than once: notes beside notes, or within notes.
    #[error("line {first} and line {second} both say {mark}")]
    Twice {
        /// The mark.
        mark: &'static str,
        /// Its first line.
        first: usize,
        /// Its second line.
        second: usize,
    },
    /// The end comes first.
    #[error("{END} in line {end} stands before {BEGIN} in line {begin}")]
    Reversed {
        /// The line of the end.
        end: usize,
        /// The line of the beginning.
        begin: usize,
    },
}

/// The notes, between their marks, as a text of their own.
pub fn new(notes: &str) -> String {
    format!("{BEGIN}\n\n{}\n\n{END}\n", notes.trim())
}

/// `text` with other notes between its marks; not a byte outside of them changes. The notes
/// have the line ends of the first mark.
pub fn replace(text: &str, notes: &str) -> Result<String, NoPlace> {
    let place = find(text)?;
    let end_of_line = if text[..place.start].ends_with("\r\n") { "\r\n" } else { "\n" };
    let notes = format!("\n{}\n\n", notes.trim()).replace('\n', end_of_line);
    Ok(format!("{}{notes}{}", &text[..place.start], &text[place.end..]))
}

/// `text` with the notes as its last paragraph.
pub fn append(text: &str, notes: &str) -> String {
    let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = match text {
        "" => "",
        _ if text.ends_with("\n\n") || text.ends_with("\n\r\n") => "",
        _ if text.ends_with('\n') => end_of_line,
        _ => &end_of_line.repeat(2),
    };
    format!("{text}{gap}{}", new(notes).replace('\n', end_of_line))
}

/// Whether a line is one of the marks.
pub fn is_mark(line: &str) -> bool {
    [BEGIN, END].contains(&line.trim())
}

/// All between the lines of the marks.
fn find(text: &str) -> Result<Range<usize>, NoPlace> {
    let (begin, end) = (only(text, BEGIN)?, only(text, END)?);
    match (begin, end) {
        (None, None) => Err(NoPlace::NoMarks),
        (Some(begin), None) => Err(NoPlace::One { found: BEGIN, line: begin.number, missing: END }),
        (None, Some(end)) => Err(NoPlace::One { found: END, line: end.number, missing: BEGIN }),
        (Some(begin), Some(end)) if end.number < begin.number => {
            Err(NoPlace::Reversed { end: end.number, begin: begin.number })
        }
        (Some(begin), Some(end)) => Ok(begin.range.end..end.range.start),
    }
}

/// A line of a text.
#[derive(Debug)]
struct Line {
    number: usize,
    /// With its end.
    range: Range<usize>,
}

/// The one line that says this.
fn only(text: &str, mark: &'static str) -> Result<Option<Line>, NoPlace> {
    let mut found: Option<Line> = None;
    let mut start = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let range = start..start + line.len();
        start = range.end;
        if line.trim() != mark {
            continue;
        }
        if let Some(first) = found {
            return Err(NoPlace::Twice { mark, first: first.number, second: number });
        }
        found = Some(Line { number, range });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
