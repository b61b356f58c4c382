//! `ail-ami deprecate`: when EC2 stops to list the image for others.

use aws_sdk_ec2::primitives::DateTime;
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Span, Timestamp, TimestampRound, Unit};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::wait::{CONSISTENCY, Seen, Waiter};
use lib_common::{Context, Error, Exit, Outcome, Result};

use crate::described::Described;
use crate::permissions::launch_permissions;
use crate::plan;
use crate::targets::{self, Target, Which};

/// When.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    when: When,

    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct When {
    /// From this time on (2027-01-31, or 2027-01-31T12:00:00Z)
    #[arg(long, value_name = "TIME", value_parser = time_to_come)]
    at: Option<Timestamp>,

    /// From this long after the image was made (90d, 18months, 2years)
    #[arg(long, value_name = "SPAN", value_parser = span)]
    after: Option<Span>,

    /// Not at all: take an earlier time back
    #[arg(long)]
    never: bool,
}

/// Sets the time, where it differs.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let targets = targets::require(context, &mut record, options.which).await?;
    let mut wanted = Vec::new();
    for target in targets {
        let when = options.when.of(&target)?;
        wanted.push((target, when));
    }
    if context.options().dry_run {
        let steps: Vec<_> = wanted.iter().map(|(target, when)| step(target, *when)).collect();
        return plan::show(&steps);
    }
    let mut done = Vec::new();
    for (target, when) in &wanted {
        if is_so(&target.image, *when) {
            continue;
        }
        if let Err(error) = set(context, target, *when).await {
            return Err(done.into_iter().fold(error, Error::done));
        }
        done.push(tell(target, *when));
    }
    for (target, when) in &wanted {
        let image = settled(target, *when).await?;
        context.progress().say(&tell(target, *when));
        let permissions = launch_permissions(&target.ec2, &image.id).await?;
        target.put(&mut record, image.member(permissions.accounts()))?;
    }
    Ok(record.into())
}

impl When {
    /// The time for one image, in the whole minutes that EC2 keeps; `None` is never.
    fn of(&self, target: &Target) -> Result<Option<Timestamp>> {
        let at = match (self.at, self.after) {
            (Some(at), _) => at,
            (None, Some(after)) => {
                // From its making, not from now: the same line again changes nothing.
                let made = target.image.created.ok_or_else(|| {
                    let what = format!("EC2 does not tell when {} was made", target.title());
                    Error::new(Exit::Failed, what).next("give the time as --at")
                })?;
                let due = made.to_zoned(TimeZone::UTC).checked_add(after);
                due.map_err(|_| Error::new(Exit::Usage, "--after is too long"))?.timestamp()
            }
            (None, None) => return Ok(None),
        };
        let at = whole_minute(at);
        if at <= Timestamp::now() {
            let what = format!("cannot deprecate {} from {at}: that is past", target.title());
            return Err(Error::new(Exit::Usage, what)
                .next("give a time to come; --after counts from the making of the image"));
        }
        Ok(Some(at))
    }
}

async fn set(context: &Context, target: &Target, when: Option<Timestamp>) -> Result<()> {
    let (ec2, id) = (target.ec2.clone(), target.image.id.clone());
    let call = async move {
        match when {
            Some(at) => {
                let at = DateTime::from_secs(at.as_second());
                let request = ec2.client.enable_image_deprecation().image_id(id).deprecate_at(at);
                request.send().await.during("EnableImageDeprecation").map(drop)
            }
            None => {
                let request = ec2.client.disable_image_deprecation().image_id(id);
                request.send().await.during("DisableImageDeprecation").map(drop)
            }
        }
    };
    let made = context.undo().finish(call).await;
    made.explain(|| format!("cannot change the deprecation of {}", target.title()))
}

/// Reads back until the change shows.
async fn settled(target: &Target, when: Option<Timestamp>) -> Result<Described> {
    let what = format!("the deprecation of {} to change", target.title());
    let waiter = Waiter::new(what, CONSISTENCY);
    waiter
        .until(&Task::silent(), || async {
            Ok(match target.ec2.by_id(&target.image.id).await? {
                Some(image) if is_so(&image, when) => Seen::Ready(image),
                Some(image) => Seen::Pending(image.deprecated_at.unwrap_or("never".to_owned())),
                None => Seen::Missing,
            })
        })
        .await
}

fn is_so(image: &Described, when: Option<Timestamp>) -> bool {
    let now = image.deprecated_at.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    now.map(whole_minute) == when
}

fn tell(target: &Target, when: Option<Timestamp>) -> String {
    match when {
        Some(at) => format!("{}: deprecated from {at}", target.title()),
        None => format!("{}: never deprecated", target.title()),
    }
}

fn step(target: &Target, when: Option<Timestamp>) -> String {
    let title = target.title();
    match (is_so(&target.image, when), when) {
        (true, Some(at)) => format!("nothing to do: {title} is deprecated from {at}"),
        (true, None) => format!("nothing to do: {title} is never deprecated"),
        (false, Some(at)) => format!("would deprecate {title} from {at}"),
        (false, None) => format!("would take back the deprecation of {title}"),
    }
}

/// EC2 rounds to the nearest minute (EC2 API Reference, EnableImageDeprecation).
fn whole_minute(at: Timestamp) -> Timestamp {
    let nearest = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::HalfExpand);
    at.round(nearest).expect("minutes divide the day")
}

/// A time to come.
fn time_to_come(text: &str) -> Result<Timestamp, String> {
    match time(text)? {
        at if at > Timestamp::now() => Ok(at),
        _ => Err("that is past".to_owned()),
    }
}

/// A time of RFC 3339, or the beginning of a day in UTC.
fn time(text: &str) -> Result<Timestamp, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(at),
        Err(_) if !text.contains(['T', ' ']) => {
            day().ok_or_else(|| "write it as 2027-01-31 or 2027-01-31T12:00:00Z".to_owned())
        }
        Err(_) => Err("write it with its offset, as 2027-01-31T12:00:00Z".to_owned()),
    }
}

fn span(text: &str) -> Result<Span, String> {
    match text.parse::<Span>() {
        Ok(span) if span.is_positive() => Ok(span),
        Ok(_) => Err("it must be more than nothing".to_owned()),
        Err(_) => Err("write it as 90d, 18months or 2years".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        let at = time("2027-01-31").expect("a day");
        assert_eq!(at.to_string(), "2027-01-31T00:00:00Z");
        assert_eq!(time("2027-01-31T01:00:00+01:00"), Ok(at));
        for bad in ["", "tomorrow", "2027-13-01", "2027-01-31T12:00", "31.01.2027"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spans_are_of_the_calendar() {
        let made: Timestamp = "2026-11-21T22:19:00Z".parse().expect("a time");
        for (text, due) in [
            ("2years", "2028-11-21T22:19:00Z"),
            ("18months", "2028-05-21T22:19:00Z"),
            ("90d", "2027-02-19T22:19:00Z"),
        ] {
            let span = span(text).expect("a span");
            let at = made.to_zoned(TimeZone::UTC).checked_add(span).expect("in range");
            assert_eq!(at.timestamp().to_string(), due);
        }
        for bad in ["", "2", "-90d", "0d", "soon"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ec2_keeps_whole_minutes() {
        let minute = |text: &str| whole_minute(text.parse().expect("a time")).to_string();
        assert_eq!(minute("2027-01-31T12:00:29.9Z"), "2027-01-31T12:00:00Z");
        assert_eq!(minute("2027-01-31T12:00:30Z"), "2027-01-31T12:01:00Z");
    }
}
