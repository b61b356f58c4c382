//! `gd-queue canary`.

mod flight;
mod line;
mod mark;
mod montage;
mod objects;
mod seek;

use std::time::Duration;

use clap::Args;
use lib_common::cli::Format;
use lib_common::lines::{self, List, Reader};
use lib_common::team::TeamOption;
use lib_common::{Context, Ending, Error, Exit, Outcome, Result};
use tokio::time::{Instant, MissedTickBehavior};

use crate::names::Names;
use crate::role::Role;
use flight::Flight;
pub use line::{Barred, Canary, State};
pub use mark::Mark;

/// How long a canary may take: a worker that has just started polls for its first job after
/// a minute, and a job that another worker lost comes back after the visibility timeout.
const PATIENCE: Duration = Duration::from_secs(180);
/// The shortest time between two canaries: each is a job of a worker.
const OFTEN: Duration = Duration::from_secs(1);

/// What to send, and how often.
#[derive(Args)]
pub struct Options {
    /// Send one again and again, so far apart, until told to stop
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    every: Option<Duration>,

    /// Image of its job [default: one that is put into the bucket for it, and signed for]
    #[arg(long, env = "GD_CANARY_IMAGE", value_name = "URL", hide_env = true)]
    image: Option<String>,

    #[command(flatten)]
    team: TeamOption,

    #[command(flatten)]
    names: Names,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    if let Some(url) = &options.image {
        crate::send::check_url(url)
            .map_err(|why| Error::new(Exit::Usage, format!("--image {url}: {why}")))?;
    }
    match options.every {
        _ if context.options().dry_run => plan(context, &options).await,
        Some(every) if every < OFTEN => Err(Error::new(Exit::Usage, "--every is at least 1s")),
        Some(every) => again_and_again(context, &options, every).await,
        None => once(context, &options).await,
    }
}

async fn plan(context: &Context, options: &Options) -> Result<Outcome> {
    let mut record = options.names.record(context)?;
    let input = options.names.queue(Role::Input, &record)?;
    let bucket = crate::bucket::of(context, &options.names, &options.team, &mut record).await?;
    let image = match &options.image {
        Some(_) => String::new(),
        None => format!("would put an image into {bucket}\n"),
    };
    lines::print(&format!(
        "{image}would send a canary to {input}\nwould delete what it leaves in {bucket}\n"
    ))?;
    Ok(Outcome::printed())
}

async fn once(context: &Context, options: &Options) -> Result<Outcome> {
    let mut record = options.names.record(context)?;
    let flight = Flight::prepare(context, &options.names, &options.team, &mut record).await?;
    let ended = flight.fly(options.image.as_deref(), PATIENCE, None).await;
    let ended = ended.map_err(Barred::into_error)?;
    let mut list = List::new(context.format());
    match context.format() {
        Format::Table => lines::print(&format!("{ended}\n"))?,
        _ => list.push(ended.clone())?,
    }
    if context.format() != Format::Table {
        list.finish()?;
    }
    let exit = match ended.state {
        State::Healthy => return Ok(Outcome::printed()),
        State::Unread => Exit::Partial,
        State::Late => Exit::TimedOut,
        State::Dead | State::Wrong | State::Failed => Exit::Failed,
    };
    let what = format!("the canary {} is {}", ended.canary, ended.state);
    Err(Error::new(exit, what)
        .because(ended.reason.unwrap_or_default())
        .next("`gd-queue verify` and `gd-fleet verify` tell what is not as it was built"))
}

/// A line a canary. One that finds no way is a line too: it is for such hours that somebody
/// watches.
async fn again_and_again(context: &Context, options: &Options, every: Duration) -> Result<Outcome> {
    let mut record = options.names.record(context)?;
    let mut ending = context.drains();
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            () = ending.told() => break,
        }
        let began = Instant::now();
        // Anew each time: what is deleted and made again is another one.
        let ended = match Flight::prepare(context, &options.names, &options.team, &mut record).await
        {
            Ok(flight) => flight.fly(options.image.as_deref(), PATIENCE, Some(&ending)).await,
            Err(error) => Err(Barred::by(error)),
        };
        let line = match ended {
            _ if ending.is_told() => break,
            Ok(line) => line,
            Err(barred) => Canary::failed(&barred, began.elapsed()),
        };
        if offer(context.format(), &line)? == Reader::Gone {
            break;
        }
    }
    Ok(Outcome::printed())
}

fn offer(format: Format, line: &Canary) -> Result<Reader> {
    match format {
        Format::Table | Format::Markdown => lines::offer(&format!("{line}\n")),
        Format::Ndjson | Format::Json => {
            let text = serde_json::to_string(line).expect("lines are plain data");
            lines::offer(&format!("{text}\n"))
        }
    }
}

/// Whether a canary was told to come home.
fn is_told(ending: Option<&Ending>) -> bool {
    ending.is_some_and(Ending::is_told)
}
