//! Find, make, share, copy and remove Amazon Machine Images.

mod available;
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
mod vendor;

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
    /// Reads no record. Among the images of one owner whose name matches, the one made last
    /// is taken: the record's `source_image`. The owner counts as much as the name, for
    /// anybody may give an image any name.
    Find(find::Options),
    /// Make the image ail-ASSET_ID of the record's instance, and wait until it is available
    ///
    /// An image of that name and asset id that is there already is taken as it is, one that is
    /// pending is waited for, and one that failed is removed and made again. A failure or an
    /// interruption takes back what this run made.
    Create(create::Options),
    /// Let everybody, or some accounts, launch the record's image
    ///
    /// Looks first whether it may: the image is this account's own, available and, to become
    /// public, not encrypted, and the region does not block public access. That block is never
    /// switched off. Only what differs is changed.
    Publish(publish::Options),
    /// Take back what publish did
    Unpublish(unpublish::Options),
    /// Copy the record's image to other regions, and wait until it is available there
    ///
    /// The copies go into the record's `copies`. Where a copy fails, what it made is removed;
    /// the other regions keep theirs, and the exit status is 79.
    Copy(copy::Options),
    /// Set when EC2 lists the record's image as deprecated
    ///
    /// A deprecated image can still be launched, but others no longer find it. EC2 keeps
    /// whole minutes, up to ten years ahead; two from its making where the image is public.
    Deprecate(deprecate::Options),
    /// Deregister the record's image and delete its snapshots
    ///
    /// Prints a line for each image and snapshot. What does not carry the tag
    /// ail:asset-id with this asset id is not touched.
    Rm(rm::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Find(options) => find::run(&context, options).await,
            Verb::Create(options) => create::run(&context, options).await,
            Verb::Publish(options) => publish::run(&context, options).await,
            Verb::Unpublish(options) => unpublish::run(&context, options).await,
            Verb::Copy(options) => copy::run(&context, options).await,
            Verb::Deprecate(options) => deprecate::run(&context, options).await,
            Verb::Rm(options) => rm::run(&context, options).await,
        }
    })
}
