//! `gd-fleet scale`: how many workers there are, or may be.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::Fleet;
use lib_common::team::TeamOption;
use lib_common::{Context, Error, Exit, Outcome, Result, lines};
use serde_json::Value;

use crate::resources::{self, GROUP};
use crate::world::World;

/// How many.
#[derive(Args)]
pub struct Options {
    /// So many workers now, or from so many to so many from now on
    #[arg(value_name = "N|MIN..MAX")]
    size: Size,

    #[command(flatten)]
    team: TeamOption,
}

/// One number, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Now(u32),
    Between(u32, u32),
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let mut fleet: Fleet = record.require()?;
    let team = options.team.of(&mut record)?;
    let wish = fleet.wish.clone();
    let world = World::new(context, &mut record, team, wish, PathBuf::new()).await?;
    let name = &world.names.group;
    let group = resources::group_as_it_is(&world).await?.ok_or_else(|| {
        Error::new(Exit::NotFound, format!("the group {name} is not there ({})", world.place()))
            .next("build it with `gd-fleet up`, or `gd-fleet repair`")
    })?;
    let number = |size: Option<i32>| size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
    let (least, most) = (number(group.min_size), number(group.max_size));
    let deed = match options.size {
        Size::Now(count) if !(least..=most).contains(&count) => {
            return Err(Error::new(
                Exit::Usage,
                format!("{name} has from {least} to {most} workers, so {count} cannot be"),
            )
            .next("give both bounds, such as 1..8"));
        }
        Size::Now(count) if number(group.desired_capacity) == count => None,
        Size::Now(count) => Some(format!("set the workers of {name} to {count}")),
        Size::Between(min, max) if (min, max) == (least, most) => None,
        Size::Between(min, max) => Some(format!("let {name} have from {min} to {max} workers")),
    };
    if context.options().dry_run {
        let said = deed.map_or(format!("{name} is as it shall be"), |deed| format!("would {deed}"));
        lines::print(&format!("{said}\n"))?;
        return Ok(Outcome::printed());
    }
    if let Some(deed) = deed {
        call(&world, options.size).await?;
        context.progress().say(&deed);
    }
    if let Size::Between(min, max) = options.size {
        (fleet.wish.min, fleet.wish.max) = (min, max);
        let sealed = fleet.resources.0.iter_mut().find(|sealed| sealed.name == GROUP);
        if let Some(sealed) = sealed {
            sealed.facts.insert("min".to_owned(), Value::from(min));
            sealed.facts.insert("max".to_owned(), Value::from(max));
        }
        record.set(&fleet);
    }
    Ok(record.into())
}

async fn call(world: &World, size: Size) -> Result<()> {
    let (client, name) = (&world.clients.autoscaling, &world.names.group);
    let number = |size: u32| i32::try_from(size).unwrap_or(i32::MAX);
    match size {
        Size::Now(count) => client
            .set_desired_capacity()
            .auto_scaling_group_name(name)
            .desired_capacity(number(count))
            .honor_cooldown(false)
            .send()
            .await
            .during("SetDesiredCapacity")
            .map(drop),
        Size::Between(min, max) => client
            .update_auto_scaling_group()
            .auto_scaling_group_name(name)
            .min_size(number(min))
            .max_size(number(max))
            .send()
            .await
            .during("UpdateAutoScalingGroup")
            .map(drop),
    }
    .explain(|| format!("cannot scale the group {name} ({})", world.place()))
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| match text.parse::<u32>() {
            Ok(number @ 0..=1000) => Ok(number),
            _ => Err(format!("{text:?} is no number from 0 to 1000")),
        };
        match text.split_once("..") {
            None => number(text).map(Self::Now),
            Some((min, max)) => match (number(min)?, number(max)?) {
                (min, max) if min > max => Err(format!("{min} is more than {max}")),
                (_, 0) => Err("at most 0 workers: use `gd-fleet down`".to_owned()),
                (min, max) => Ok(Self::Between(min, max)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_one_number_or_two() {
        assert_eq!("3".parse(), Ok(Size::Now(3)));
        assert_eq!("0".parse(), Ok(Size::Now(0)));
        assert_eq!("1..4".parse(), Ok(Size::Between(1, 4)));
        for bad in ["", "-1", "x", "4..1", "1..", "..4", "0..0", "1001", "1...4"] {
            assert!(bad.parse::<Size>().is_err(), "{bad:?}");
        }
    }
}
