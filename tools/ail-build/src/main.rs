//! Run releases inside AWS CodeBuild.

mod build;
mod chosen;
mod codebuild;
mod log;
mod logs;
mod order;
mod phases;
mod project;
mod start;
mod stop;
mod variables;
mod version;
mod wait;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::property;

use crate::build::Build;

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Build>],
    lines: None,
    exits: &[Exit::NotFound, Exit::Exists, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Start a build that releases a branch or a tag, and add it to the record
    ///
    /// The build runs scripts/buildspec/release.yml of what it builds, with the same lines of
    /// the justfile as on a laptop. A build of the asset id that is under way is not started
    /// again: it is the one that the record then names, if it does the same.
    Start(start::Options),
    /// Wait for a build to end, with its phases as progress
    ///
    /// A build that fails is told with the phase that failed, its reason and the last lines
    /// of its log. The deadline is that of the build itself, unless --timeout is given; then
    /// the wait ends with 124 and the build goes on, as it does after an interruption.
    Wait(wait::Options),
    /// Print the log of a build
    Logs(logs::Options),
    /// End a build, and wait until it is
    ///
    /// What it has made so far stays; `ail-assets list` shows it.
    Stop(stop::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Start(options) => start::run(&context, options).await,
            Verb::Wait(options) => wait::run(&context, options).await,
            Verb::Logs(options) => logs::run(&context, options).await,
            Verb::Stop(options) => stop::run(&context, options).await,
        }
    })
}
