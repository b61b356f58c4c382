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
    ///
    /// The asset id is that of --asset-id, or of the record if one is piped in. Only the region
    /// in force is looked at. Each line is what its service says at that moment; what is gone
    /// is not listed. `costs` says whether the thing costs money by itself, as it is now.
    ///
    /// What could not be read is said on stderr, and the exit status is 79.
    #[command(verbatim_doc_comment)]
    List(list::Options),
    /// Remove everything of an asset id, or the assets on stdin
    ///
    /// The asset id is that of --asset-id, or of the record if one is piped in; with --lines
    /// the assets on stdin are removed instead. Only the region in force is looked at, and
    /// nothing is removed that carries no tag ail:asset-id (objects: that lies outside of
    /// ai_lab/). Stacks, with all that is in them, and running exports go first, then instances,
    /// then images, volumes, security groups, key pairs with their files, objects and uploads,
    /// then the snapshots that are left. An image takes its snapshots along.
    ///
    /// Each asset gets a line that ends with what became of it: removed, gone, failed or
    /// skipped. What is protected from termination is skipped. EC2 keeps finished export tasks
    /// for a while: these lose their tags, so that they are no longer listed.
    ///
    /// Waits until all is gone, and looks again. If something is left, the exit status is 79; a
    /// run that finds nothing prints nothing and ends with 0.
    #[command(verbatim_doc_comment)]
    Rm(remove::Options),
    /// List what runs left behind, whatever its asset id
    ///
    /// Listed is, in the region in force and whatever its asset id (--asset-id is not looked at):
    ///
    ///   - what carries a tag ail:expires of a time that has passed;
    ///   - without that tag, stacks, instances, volumes and key pairs with a tag ail:asset-id,
    ///     key files of this machine, exported objects that were never renamed
    ///     (ai_lab/*/export-ami-*) and unfinished uploads, if they are older than 24 hours.
    ///
    /// Images, snapshots and renamed objects are what a release is for, and never expire.
    /// To remove what is listed, pipe it into `ail-assets rm --lines`.
    #[command(verbatim_doc_comment)]
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
