//! Find, make, share, copy and remove Amazon Machine Images.

mod available;
mod check;
mod copies;
mod copy;
mod create;
mod deprecate;
mod described;
mod earlier;
mod ec2;
mod find;
mod grantee;
mod making;
mod permissions;
mod plan;
mod public_access;
mod publish;
mod removal;
mod rm;
mod sharing;
mod snapshots;
mod targets;
mod unpublish;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{line, property};
use lib_common::record::{Image, Instance, SourceImage};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[
        property::<SourceImage>,
        property::<Instance>,
        property::<Image>,
        property::<copies::Copies>,
    ],
    lines: Some(line::<rm::Removed>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Find the newest public image that matches, and begin a record with it
    ///
    /// Reads no record; prints a new one with `source_image`. Among the images of one owner
    /// whose name matches, the one made last is taken. The owner counts as much as the name,
    /// for anybody may give an image any name.
    Find(find::Options),
    /// Check that the image can have its name, before an instance is started for it
    ///
    /// Reads a record on stdin and prints it again, unless the name ail-ASSET_ID is taken by
    /// an image of something else.
    Check,
    /// Make the image ail-ASSET_ID of the record's instance, and wait until it is available
    ///
    /// Reads a record with `instance` on stdin; prints it with `image`. An image of that name
    /// and asset id that is there already is taken as it is, one that is pending is waited
    /// for, and one that failed is removed and made again; for these the instance may be gone.
    /// A failure or an interruption takes back what this run made. Waits an hour at most, or
    /// --timeout.
    Create(create::Options),
    /// Let everybody, or some accounts, launch the record's image
    ///
    /// Reads a record with `image` on stdin, or finds the image by the tag of --asset-id;
    /// prints the record with what is shared now. Looks first whether it may: the image is
    /// this account's own, available and, to become public, not encrypted, and the region does
    /// not block public access. That block is never switched off. Only what differs is changed,
    /// and a failure takes it back.
    Publish(publish::Options),
    /// No longer let everybody, or some accounts, launch the record's image
    ///
    /// Reads a record with `image` on stdin, or finds the image by the tag of --asset-id;
    /// prints the record with what is shared still. Without --account the image stops being
    /// public, and stays shared with single accounts.
    Unpublish(unpublish::Options),
    /// Copy the record's image to other regions, and wait until it is available there
    ///
    /// Reads a record with `image` on stdin, or finds the image by the tag of --asset-id;
    /// prints the record with `copies`. A copy that is there already is taken as it is. Where
    /// one fails, what it made is removed; the other regions keep theirs, and the exit status
    /// is 79. Waits two hours at most, or --timeout.
    Copy(copy::Options),
    /// Set from when EC2 lists the record's image for its owner alone
    ///
    /// Reads a record with `image` on stdin, or finds the image by the tag of --asset-id;
    /// prints the record with `deprecated_at`. A deprecated image can still be launched by
    /// those who know its id. EC2 keeps whole minutes, and takes a time up to ten years from
    /// now; for a public image, up to two years from its making.
    Deprecate(deprecate::Options),
    /// Deregister the record's image and delete its snapshots
    ///
    /// Reads a record with `image` on stdin, or finds the image by the tag of --asset-id.
    /// Prints no record, but a line for each image and snapshot and what became of it; that it
    /// was gone before is as good. What does not carry the tag ail:asset-id with this asset id
    /// is not touched.
    Rm(rm::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Find(options) => find::run(&context, options).await,
            Verb::Check => check::run(&context).await,
            Verb::Create(options) => create::run(&context, options).await,
            Verb::Publish(options) => publish::run(&context, options).await,
            Verb::Unpublish(options) => unpublish::run(&context, options).await,
            Verb::Copy(options) => copy::run(&context, options).await,
            Verb::Deprecate(options) => deprecate::run(&context, options).await,
            Verb::Rm(options) => rm::run(&context, options).await,
        }
    })
}
