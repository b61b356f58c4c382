//! Bring CloudFormation stacks up and down, and run a command while one is up.

mod capability;
mod change_set;
mod command;
mod contents;
mod diff;
mod down;
mod dry_run;
mod events;
mod key_pair;
mod kind;
mod kinds;
mod line;
mod machine;
mod made;
mod owner;
mod removal;
mod run;
mod services;
mod settle;
mod stack;
mod status;
mod target;
mod template;
mod up;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Image, Instance, KeyPair, SourceImage, Stack};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[
        property::<SourceImage>,
        property::<Stack>,
        property::<KeyPair>,
        property::<Instance>,
        property::<Image>,
    ],
    lines: Some(schema::line::<line::Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Bring a stack up: make it, change it, or find it as it should be
    Up(up::Options),
    /// Take a stack down, with the key pair that was made for it
    Down(down::Options),
    /// Run a command while a stack is up
    Run(run::Options),
    /// Show what `up` would change
    Diff(diff::Options),
    /// Show a stack, its outputs and its resources
    Status(status::Options),
    /// Show the built-in kinds of stacks and their parameters
    Kinds,
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Up(options) => up::run(&context, options).await,
            Verb::Down(options) => down::run(&context, options).await,
            Verb::Run(options) => run::run(&context, options).await,
            Verb::Diff(options) => diff::run(&context, options).await,
            Verb::Status(options) => status::run(&context, options).await,
            Verb::Kinds => kinds::run(&context),
        }
    })
}
