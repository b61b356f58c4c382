//! `ail-notes render`.

mod block;
mod notes;
mod verification;

use std::path::{Path, PathBuf};

use clap::Args;
use lib_common::asset::{Asset, Piped};
use lib_common::record::{Bill, Checksums, Exports, Image};
use lib_common::{Context, Error, Exit, Outcome, Record, Result, lines};

use crate::changes::{Changes, Release};
use crate::place::OfTag;
use block::NoPlace;
use notes::Notes;

/// What the notes tell, and where they go.
#[derive(Args)]
pub struct Options {
    /// Text to put the notes into, between its marks [default: a text of the notes alone]
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,

    /// Put the notes at the end of a text that has no marks
    #[arg(long, requires = "into")]
    append: bool,

    /// File of changes, whose part of this release goes into the notes: a changelog, or a
    /// changes_*.md
    #[arg(long, value_name = "FILE")]
    changes: Option<PathBuf>,

    /// Asset lines that go into the notes as a table: what `ail-assets list` prints with
    /// --output ndjson or json
    #[arg(long, value_name = "FILE")]
    assets: Option<PathBuf>,

    #[command(flatten)]
    tag: OfTag,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let record = context.record()?;
    let text = options.into.as_deref().map(read).transpose()?;
    let notes = notes(&record, &options)?;
    let rendered = match (&text, options.into.as_deref()) {
        (Some(text), Some(path)) => put(text, &notes, path, options.append)?,
        _ => block::new(&notes),
    };
    lines::print(&rendered)?;
    Ok(Outcome::printed())
}

fn notes(record: &Record, options: &Options) -> Result<String> {
    let image = record.get::<Image>()?;
    let exports = record.get::<Exports>()?.unwrap_or_default().0;
    if image.is_none() && exports.is_empty() {
        // It says what makes them.
        record.require::<Image>()?;
    }
    let (bill, checksums) = (record.get::<Bill>()?, record.get::<Checksums>()?);
    let (region, asset_id) = (record.region()?, record.asset_id()?);
    let assets = options.assets.as_deref().map(read_assets).transpose()?.unwrap_or_default();
    let changes = options.changes.as_deref().map(Changes::read).transpose()?;
    let part = match &changes {
        Some(changes) => Some(changes.body(of_release(changes, &options.tag)?)),
        None => None,
    };
    let notes = Notes {
        changes: part,
        level: changes.as_ref().map_or(2, Changes::level_of_sections),
        asset_id: asset_id.as_ref(),
        region: region.as_deref(),
        image: image.as_ref(),
        exports: &exports,
        bill: bill.as_ref(),
        checksums: checksums.as_ref(),
        assets: &assets,
    };
    let text = notes.text();
    match (text.lines().find(|line| block::is_mark(line)), options.changes.as_deref()) {
        (Some(mark), Some(path)) => {
            let what = format!("{} has the line {}", path.display(), mark.trim());
            Err(Error::new(Exit::BadInput, what)
                .because("it would end the notes before their end")
                .next("leave it out there, or write it behind other words"))
        }
        _ => Ok(text),
    }
}

fn of_release<'a>(changes: &'a Changes, tag: &OfTag) -> Result<&'a Release> {
    match tag.of(changes) {
        None => Ok(changes.newest()),
        Some(tag) => changes.of(&tag).ok_or_else(|| {
            let what = format!("{} tells nothing of {tag}", changes.path.display());
            Error::new(Exit::NotFound, what).next(format!(
                "look at it with `ail-notes check {} --tag {tag}`",
                changes.path.display()
            ))
        }),
    }
}

/// The text with the notes in it.
fn put(text: &str, notes: &str, path: &Path, append: bool) -> Result<String> {
    match block::replace(text, notes) {
        Ok(text) => Ok(text),
        Err(NoPlace::NoMarks) if append => Ok(block::append(text, notes)),
        Err(why) => {
            let what = format!("{} has no place for the notes", path.display());
            let advice = match why {
                NoPlace::NoMarks => {
                    "write both lines where the notes shall stand, or give --append"
                }
                _ => "leave one line of each, the beginning before the end",
            };
            Err(Error::new(Exit::BadInput, what).because(why).next(advice))
        }
    }
}

fn read_assets(path: &Path) -> Result<Vec<Asset>> {
    let lines = Piped::lines(read(path)?.as_bytes())
        .map_err(|error| error.context(format!("cannot read assets from {}", path.display())))?;
    Ok(lines.into_iter().map(|(asset, _)| asset).collect())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            std::io::ErrorKind::InvalidData => Exit::BadInput,
            _ => Exit::Failed,
        };
        Error::new(exit, format!("cannot read {}", path.display())).caused_by(&error)
    })
}
