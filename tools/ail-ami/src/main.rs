//! Find, make, share and remove Amazon Machine Images.

mod find;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::property;
use lib_common::record::{Image, Instance, SourceImage};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<SourceImage>, property::<Instance>, property::<Image>],
    lines: None,
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Find the newest image that matches.
    Find(find::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Find(options) => find::run(&context, options).await,
        }
    })
}
