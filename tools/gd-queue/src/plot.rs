//! `gd-queue plot`.

mod chart;
mod picture;

use std::path::{Path, PathBuf};

use clap::Args;
use lib_common::{Context, Error, Exit, Outcome, Result, lines};

use crate::sample::Sample;

/// What to draw, and where to.
#[derive(Args)]
pub struct Options {
    /// The samples of a run, as `watch --record` wrote them [default: stdin]
    #[arg(value_name = "FILE")]
    samples: Option<PathBuf>,

    /// Write an SVG to this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,

    /// Write a PNG to this file
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,

    /// What stands above the picture
    #[arg(long, value_name = "TEXT", default_value = "GameDay")]
    title: String,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let samples = read(context, options.samples.as_deref())?;
    let svg = chart::svg(&options.title, &samples)?;
    if let Some(path) = &options.png {
        write(path, &picture::png(&svg)?)?;
    }
    match &options.svg {
        Some(path) => write(path, svg.as_bytes())?,
        None if options.png.is_none() => lines::print(&svg)?,
        None => {}
    }
    Ok(Outcome::printed())
}

/// The samples, in the order of their times.
fn read(context: &Context, path: Option<&Path>) -> Result<Vec<Sample>> {
    let (name, bytes) = match path {
        None => ("stdin".to_owned(), context.input()?),
        Some(path) => {
            let name = path.display().to_string();
            let bytes = std::fs::read(path).map_err(|error| {
                Error::new(Exit::BadInput, format!("cannot read {name}")).caused_by(&error)
            })?;
            (name, bytes)
        }
    };
    let mut samples = parse(&name, &bytes)?;
    samples.sort_by_key(|sample| sample.time);
    let (first, last) = (samples.first(), samples.last());
    if first.zip(last).is_none_or(|(first, last)| first.time == last.time) {
        return Err(Error::new(Exit::BadInput, format!("{name} holds no two moments to draw"))
            .next("record some with `gd-queue watch --record FILE`"));
    }
    Ok(samples)
}

fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Sample>> {
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    let mut samples = Vec::new();
    let mut lines = lines.peekable();
    while let Some((at, line)) = lines.next() {
        match serde_json::from_slice(line) {
            Ok(sample) => samples.push(sample),
            // A run that was killed broke off in its last line.
            Err(error) if error.is_eof() && lines.peek().is_none() && at > 0 => {}
            Err(error) => {
                return Err(Error::new(Exit::BadInput, format!("{name} holds no samples"))
                    .because(format!("line {}: {error}", at + 1)));
            }
        }
    }
    Ok(samples)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| {
        Error::new(Exit::Failed, format!("cannot write {}", path.display())).caused_by(&error)
    })
}
