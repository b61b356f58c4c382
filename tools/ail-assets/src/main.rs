//! List and remove everything that carries an asset id.

mod account;
mod expired;
mod find;
mod list;
mod marks;
mod remove;
mod result;
mod scope;
mod search;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Exports, Image, Stack};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Stack>, property::<Image>, property::<Exports>],
    lines: Some(schema::line::<result::Line>),
    exits: &[Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// List everything of an asset id, and whether it costs money
    List(list::Options),
    /// Remove everything of an asset id, or the assets on stdin
    Rm(remove::Options),
    /// List what runs left behind, whatever its asset id
    Expired(expired::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::List(options) => list::run(&context, options).await,
            Verb::Rm(options) => remove::run(&context, options).await,
            Verb::Expired(options) => expired::run(&context, options).await,
        }
    })
}
