//! Export machine images as VM disks to S3.

mod cancel;
mod check;
mod copy;
mod destination;
mod digest;
mod ending;
mod follow;
mod found;
mod job;
mod line;
mod parts;
mod preflight;
mod rename;
mod run;
mod scope;
mod start;
mod status;
mod stored;
mod task;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Exports, Image};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Image>, property::<Exports>],
    lines: Some(schema::line::<line::Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Check that bucket and role are fit for exports, before there is an image
    ///
    /// Reads a record on stdin and prints it again, unless something stands in the way: then
    /// all of it is told.
    Check(check::Options),
    /// Export the record's image as VM disks and add them to the record
    ///
    /// Checks image, bucket and role first, all of them, before anything is started. The
    /// formats are exported one after the other: EC2 exports an image once at a time. Each
    /// disk is then read once for its SHA-256 (outside of AWS that is a download) and moved
    /// to its name in the bucket, ai_lab/ID/ai-lab-ID.FORMAT.
    ///
    /// Run again, it goes on from where an earlier run ended: a disk that is there is kept,
    /// a task that runs is waited for. An interruption cancels the task that this run
    /// started; disks that are finished stay.
    Run(run::Options),
    /// List the export tasks of an asset id or an image
    ///
    /// EC2 knows no failed task: one that failed or was cancelled is deleting, then deleted,
    /// and its message says why.
    Status(status::Options),
    /// Cancel the active export tasks of an asset id or an image
    ///
    /// Waits until they are gone, and prints a line a task: cancelled, completed (it was
    /// faster) or failed. Finished disks stay in the bucket.
    Cancel(cancel::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Check(options) => check::run(&context, options).await,
            Verb::Run(options) => run::run(&context, options).await,
            Verb::Status(options) => status::run(&context, options).await,
            Verb::Cancel(options) => cancel::run(&context, options).await,
        }
    })
}
