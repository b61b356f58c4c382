//! List and remove everything that carries an asset id.

mod account;
mod cost;
mod costed;
mod expired;
mod find;
mod list;
mod marks;
mod prices;
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
    /// The asset id is that of --asset-id, of AIL_ASSET_ID, or of a record that is piped in.
    /// One region is looked at: that of --region, of AWS_REGION, of the record or of the
    /// profile. Ask once for each region that you use.
    ///
    /// Each line is what the service says at this moment; what is gone is not listed. The
    /// column COSTS says whether the thing is paid for by itself, as it is now: a stopped
    /// instance is not, its volumes are; an image is not, its snapshots are. Objects and
    /// unfinished uploads are those below ai_lab/ID/ in the bucket, in all their versions.
    ///
    /// With --cost each line also says what the thing costs a month while it lies there, and a
    /// table ends with the total. That is an estimate, from AWS's public prices of eu-central-1
    /// and us-east-1 on the day that is shown, on demand and without taxes: running instances
    /// for 730 hours, volumes and objects by their size, and snapshots by the size of their
    /// disk or of what is stored, which is the most that they can cost. What has no price says
    /// so. Requests, transfers, public addresses and IOPS are not in it.
    ///
    /// If something could not be read, the rest is listed, stderr says what is missing, and
    /// the exit status is 79.
    #[command(verbatim_doc_comment)]
    List(list::Options),
    /// Remove everything of an asset id, or the assets on stdin
    ///
    /// Removed is what `list` lists with the same options, or with --lines what is on stdin.
    /// Nothing goes that does not belong to these tools by its tag ail:asset-id, its key
    /// below ai_lab/ or its name in $XDG_STATE_HOME/ail.
    ///
    /// Stacks with all that is in them and running exports go first, then instances, then
    /// images, volumes, security groups, key pairs with their files, objects and uploads,
    /// then the snapshots that are left. An image takes its snapshots along, whatever --type
    /// says. A stack that is protected from termination is skipped with all that is in it,
    /// and with its key.
    /// A finished export task cannot be deleted: it loses its tags, so that it is no longer
    /// listed.
    ///
    /// There is a line for each asset with what became of it: removed, gone (it was gone
    /// already), failed or skipped. The tool waits until all is gone and looks again. If
    /// something is left, the exit status is 79, or 77 if nothing was removed because
    /// permissions are missing; if there is nothing to remove, nothing is printed and the exit
    /// status is 0. What a killed run had just asked for may appear some seconds later: run it
    /// again then.
    #[command(verbatim_doc_comment)]
    Rm(remove::Options),
    /// List what runs left behind, whatever its asset id
    ///
    /// Every run marks what it takes down again itself with the time at which it should be
    /// gone, in the tag ail:expires. Listed is what is still there after that time.
    ///
    /// What has no such mark is listed if it is older than 24 hours, and of a kind that no
    /// release keeps: stacks, instances, volumes and key pairs with a tag ail:asset-id, key
    /// files on this machine, unfinished uploads, and exported objects that were never renamed
    /// (ai_lab/*/export-ami-*). Images, snapshots and renamed objects are what a release is
    /// for, and are not listed.
    ///
    /// One region is looked at, and all asset ids: --asset-id is ignored. Nothing is removed;
    /// pipe the lines into `ail-assets rm --lines` for that.
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
