//! The destroy phase of a GameDay: named attacks on a team's own resources, for training.

mod area;
mod attack;
mod choice;
mod envelope;
mod guard;
mod hand;
mod line;
mod list;
mod own;
mod rules;
mod run;
mod uses;
mod world;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Fleet, Network, Queues};
use lib_common::team::Team;

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Team>, property::<Network>, property::<Queues>, property::<Fleet>],
    lines: Some(schema::line::<line::Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Print a line an attack: what it does, what is seen of it, what finds it and what mends it
    List(list::Options),
    /// Attack the GameDay of the record
    ///
    /// Nothing is done without --yes and without --team, which must be the record's team. Before
    /// each attack the tags of its target are read as they are at that moment: what does not
    /// carry the team's tag is left alone, and the run ends. What an attack makes, such as a user,
    /// carries the team's tag as well.
    ///
    /// Attacks are named, or chosen by --random: of one seed they are always the same, and no two
    /// are on the same target. What a random run did stands in an envelope alone, a file that only
    /// its owner can read and that is written before each deed; the SHA-256 of it is printed, so
    /// that it cannot be exchanged before it is opened. A signal ends the run after the deed that
    /// is under way.
    Run(run::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::List(options) => list::run(&context, &options),
            Verb::Run(options) => run::run(&context, options).await,
        }
    })
}
