//! Add, remove and show the tags of everything a release made.

mod add;
mod change;
mod input;
mod limits;
mod pair;
mod rm;
mod services;
mod show;
mod thing;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Exports, Image, Instance, KeyPair, Stack};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[
        property::<Stack>,
        property::<KeyPair>,
        property::<Instance>,
        property::<Image>,
        property::<Exports>,
    ],
    lines: Some(schema::line::<show::Tagged>),
    exits: &[Exit::NotFound, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Add tags, or give them other values
    ///
    /// Stdin is a record, whose own stack, instance, key pair, image with snapshots, export
    /// tasks and objects are tagged, or asset lines as `ail-assets list` prints them. What
    /// came in goes out again as it was: the record, or the lines of what is tagged now.
    /// Other tags stay. What is tagged so already is not touched.
    ///
    /// A stack is tagged by a change set that changes tags alone; where CloudFormation would
    /// change more, the stack is left as it is. Its tags go on to its resources. Key files
    /// and unfinished uploads cannot carry tags: their lines pass.
    ///
    /// What could not be tagged is said on stderr; if some was tagged, the exit status is 79.
    #[command(verbatim_doc_comment)]
    Add(add::Options),
    /// Remove tags
    ///
    /// As `add`, but the tags with these keys are removed, whatever their values are.
    Rm(rm::Options),
    /// Show the tags, a line an asset
    ///
    /// Stdin is as for `add`. The tags that AWS itself keeps (aws:…) are shown too.
    Show(show::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Add(options) => add::run(&context, options).await,
            Verb::Rm(options) => rm::run(&context, options).await,
            Verb::Show(options) => show::run(&context, options).await,
        }
    })
}
