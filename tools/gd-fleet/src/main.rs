//! The workers of a GameDay: role, image, launch template, Auto Scaling group, alarms.

mod built;
mod classic;
mod clients;
mod look;
mod made;
mod names;
mod policy;
mod probe;
mod profile_known;
mod resources;
mod scale;
mod source;
mod tagging;
mod up;
mod user_data;
mod wish;
mod world;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::reconcile::Line;
use lib_common::record::schema::{self, property};
use lib_common::record::{Fleet, Network, Queues};
use lib_common::team::Team;

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Team>, property::<Network>, property::<Queues>, property::<Fleet>],
    lines: Some(schema::line::<Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Build the fleet, or go on where an earlier run ended
    ///
    /// The network and the queues come from the record. What is there already is kept, what
    /// differs is mended, what is missing is made. An image is made of a first instance, which
    /// is terminated again; while neither the worker nor its settings change, it is made once.
    ///
    /// A new worker (--worker) gives a new image, and the instances are replaced one by one;
    /// the old image is deleted, which takes --yes. A newer public image alone changes nothing,
    /// until --newest asks for it. --scaling backlog follows the number of waiting
    /// jobs a worker (target tracking) instead of taking steps; changing from one to the other
    /// deletes the policies and alarms of before, which takes --yes too.
    ///
    /// --classic builds what the instructions of 2014 say, and says what is unwise about it:
    /// full-access policies, a launch configuration and no hook. Later runs keep to it until
    /// --classic=false is given. Where AWS no longer allows it, that is the error.
    Up(up::Options),
    /// Print a line a part: whether it is there and as it shall be
    Status(look::Options),
    /// Print a line a finding: what is missing, changed, extra, or could not be read
    ///
    /// The wish, the record and the account are compared, what is known by its id by that. Users,
    /// access keys and roles that are newer than the fleet and can reach it are findings as well.
    /// A healthy fleet has no finding and ends with 0; findings end with 1.
    Verify(look::Options),
    /// Make the fleet again what the record says
    ///
    /// What was added and would do damage again is removed first: policies, hooks, schedules,
    /// alarms, versions, workers outside the group. A new user or role that can reach the fleet is
    /// deleted if it bears the team's tag. Any other is quarantined, because it may be a
    /// colleague's: it stays, its access keys are switched off, and the policy gd-quarantine in it
    /// denies everything until somebody deletes that policy. A new access key of an older user is
    /// switched off. Whoever calls is never touched, nor are roles of AWS. Whatever is deleted,
    /// quarantined, switched off or made anew takes --yes.
    Repair(up::RepairOptions),
    /// Set how many workers there are, or may be
    ///
    /// One number sets how many there are now, within the bounds; the alarms may change it
    /// again. Two numbers set the bounds from now on.
    Scale(scale::Options),
    /// Delete the fleet, its instances and its image
    Down(look::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Up(options) => up::run(&context, options).await,
            Verb::Status(options) => look::status(&context, options).await,
            Verb::Verify(options) => look::verify(&context, options).await,
            Verb::Repair(options) => up::repair(&context, options).await,
            Verb::Scale(options) => scale::run(&context, options).await,
            Verb::Down(options) => look::down(&context, options).await,
        }
    })
}
