//! `gd-attack list`: all that can be done.

use clap::Args;
use lib_common::lines::List;
use lib_common::{Context, Outcome, Result};

use crate::area;
use crate::attack::{Area, Difficulty};
use crate::line::Listed;

/// Which of them.
#[derive(Args)]
pub struct Options {
    /// Only those on this part of the architecture
    #[arg(long, value_name = "AREA")]
    area: Option<Area>,

    /// Only those of this difficulty
    #[arg(long, value_name = "DIFFICULTY")]
    difficulty: Option<Difficulty>,
}

pub fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let mut list = List::new(context.format());
    let wanted = area::all()
        .filter(|(area, _)| options.area.is_none_or(|wanted| wanted == *area))
        .filter(|(_, attack)| options.difficulty.is_none_or(|one| one == attack.difficulty));
    for (area, attack) in wanted {
        list.push(Listed::new(area, &attack))?;
    }
    list.finish()?;
    Ok(Outcome::printed())
}
