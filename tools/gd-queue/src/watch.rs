//! `gd-queue watch`.

mod keys;
mod look;
mod screen;
mod terminal;

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use lib_common::lines::{self, Reader};
use lib_common::{Context, Error, Exit, Outcome, Result};
use tokio::time::{Instant, MissedTickBehavior};

use crate::names::Names;
use crate::sample::Sample;
use keys::{Key, Keys};
use look::Looker;
use screen::View;
use terminal::Terminal;

/// What to watch, and for how long.
#[derive(Args)]
pub struct Options {
    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "2s",
          value_parser = humantime::parse_duration)]
    every: Duration,

    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,

    /// Also write each sample to this file, for `gd-queue plot`
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Auto Scaling group of the workers [default: the record's, worker-group]
    #[arg(long, env = "GD_GROUP", value_name = "NAME", hide_env = true)]
    group: Option<String>,

    #[command(flatten)]
    names: Names,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    if options.every < Duration::from_millis(100) {
        return Err(Error::new(Exit::Usage, "--every is at least 100ms"));
    }
    let mut record = options.names.record(context)?;
    let looker =
        Looker::open(context, &options.names, options.group.as_deref(), &mut record).await?;
    let recording = options.record.as_deref().map(Recording::create).transpose()?;
    // The first look fails before the screen is taken.
    let first = looker.look().await?;
    match std::io::stdout().is_terminal() {
        true => {
            let plain = context.options().no_color
                || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            on_screen(&options, looker, recording, first, !plain).await
        }
        false => as_lines(context, &options, &looker, recording, first).await,
    }
}

/// Draws until `q`, or until `--for` is over.
async fn on_screen(
    options: &Options,
    looker: Looker,
    mut recording: Option<Recording>,
    first: Sample,
    colour: bool,
) -> Result<Outcome> {
    let mut view = View::new(looker.title(), options.every, colour);
    note(&mut recording, &first)?;
    view.add(first);
    let mut terminal = Terminal::take()?;
    let mut keys = Keys::listen()?;
    let end = options.duration.map(|duration| Instant::now() + duration);
    let mut tick = ticks(options.every);
    // Looking must not hold up the keys.
    let (asks, mut asked) = tokio::sync::mpsc::channel::<()>(1);
    let (answers, mut answered) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        while asked.recv().await.is_some() {
            if answers.send(looker.look().await).await.is_err() {
                return;
            }
        }
    });
    // The size of the terminal changes between two looks too.
    let mut redraw = tokio::time::interval(Duration::from_millis(250));
    redraw.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        terminal.draw(|frame| view.draw(frame))?;
        tokio::select! {
            key = keys.next() => match key {
                Some(Key::Quit) => break,
                Some(Key::Interrupt) => return Err(Error::new(Exit::Interrupted, "interrupted")),
                Some(Key::Other) => {}
                // The terminal is gone.
                None => break,
            },
            Some(sample) = answered.recv() => match sample {
                Ok(sample) => {
                    note(&mut recording, &sample)?;
                    view.add(sample);
                }
                Err(error) => view.fail(&error),
            },
            _ = tick.tick() => {
                // Full: the look before is not answered yet.
                let _ = asks.try_send(());
            }
            _ = redraw.tick() => {}
            () = at(end) => break,
        }
    }
    Ok(Outcome::printed())
}

/// A line a sample, until interrupted or until `--for` is over.
async fn as_lines(
    context: &Context,
    options: &Options,
    looker: &Looker,
    mut recording: Option<Recording>,
    first: Sample,
) -> Result<Outcome> {
    let end = options.duration.map(|duration| Instant::now() + duration);
    let mut tick = ticks(options.every);
    let mut sample: Result<Sample> = Ok(first);
    loop {
        match sample {
            Ok(sample) => {
                note(&mut recording, &sample)?;
                if lines::offer(&line(&sample))? == Reader::Gone {
                    break;
                }
            }
            // One look that fails does not end hours of watching.
            Err(error) => context.progress().say(&format!("no sample: {}", error.summary())),
        }
        tokio::select! {
            _ = tick.tick() => {}
            () = at(end) => break,
        }
        sample = looker.look().await;
    }
    Ok(Outcome::printed())
}

fn ticks(every: Duration) -> tokio::time::Interval {
    let mut tick = tokio::time::interval_at(Instant::now() + every, every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}

async fn at(end: Option<Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

fn line(sample: &Sample) -> String {
    format!("{}\n", serde_json::to_string(sample).expect("lines are plain data"))
}

/// The file of `--record`.
struct Recording {
    path: PathBuf,
    file: File,
}

impl Recording {
    fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|error| {
            Error::new(Exit::Failed, format!("cannot write {}", path.display())).caused_by(&error)
        })?;
        Ok(Self { path: path.to_owned(), file })
    }
}

fn note(recording: &mut Option<Recording>, sample: &Sample) -> Result<()> {
    let Some(Recording { path, file }) = recording else {
        return Ok(());
    };
    file.write_all(line(sample).as_bytes()).map_err(|error| {
        Error::new(Exit::Failed, format!("cannot write {}", path.display())).caused_by(&error)
    })
}
