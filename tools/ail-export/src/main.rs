//! Export machine images as VM disks to S3.

mod beside;
mod bill;
mod cancel;
mod check;
mod copy;
mod destination;
mod digest;
mod download;
mod ending;
mod files;
mod follow;
mod found;
mod job;
mod keygen;
mod keys;
mod line;
mod obstacle;
mod parts;
mod place;
mod preflight;
mod rename;
mod run;
mod scope;
mod served;
mod sign;
mod signature;
mod start;
mod status;
mod stored;
mod sums;
mod task;
mod unread;
mod verified;
mod verify;
mod web;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Bill, Checksums, Exports, Image, Inventory};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[
        property::<Image>,
        property::<Inventory>,
        property::<Exports>,
        property::<Bill>,
        property::<Checksums>,
    ],
    lines: Some(schema::line::<line::Any>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Check that bucket and role are fit for exports, before there is an image
    ///
    /// Reads a record on stdin and prints it again, unless something stands in the way: then
    /// all of it is told. What may not be looked at stands in the way too; `run` only warns.
    ///
    /// Where a key is given as for `sign`, it is read; with --unsigned no signature may be
    /// there yet. What would fail after hours of exports fails here.
    Check(check::Options),
    /// Export the record's image as VM disks and add them to the record
    ///
    /// Checks image, bucket and role first, all of them, before anything is started. The
    /// formats are exported one after the other: EC2 exports an image once at a time. Each
    /// disk is then read once for its SHA-256 (outside of AWS that is a download) and moved
    /// to its name in the bucket, ai_lab/ID/ai-lab-ID.FORMAT.
    ///
    /// The bill of materials that `ail-provision inventory` wrote is uploaded before that.
    ///
    /// Run again, it goes on from where an earlier run ended: a disk that is there is kept,
    /// a task that runs is waited for. An interruption cancels the task that this run
    /// started; disks that are finished stay.
    Run(run::Options),
    /// Write bill of materials and SHA256SUMS beside the record's exports, and sign them
    ///
    /// Uploads the bill of materials that `ail-provision inventory` wrote, if `run` has not;
    /// where the image was there already, the one that is in the bucket is kept. Then the sums of all files of the
    /// release, as `sha256sum --check` reads them, and a signature SHA256SUMS.minisig that
    /// `minisign -V` checks. A disk is not read for that: `run` has its sum. Where a file that
    /// was published before is another one now, CloudFront is made to forget the old one. The
    /// public key goes into the record; the secret one never does.
    Sign(sign::Options),
    /// Make a pair of keys for `sign`
    ///
    /// Writes the secret key, in minisign's format, to FILE, which only its owner can read,
    /// and the public one to FILE.pub; prints the public one. With AIL_SIGNING_PASSWORD the
    /// secret key is encrypted by that password, which `sign` takes from there too.
    Keygen(keygen::Options),
    /// Check a published release from outside: its signature, and each of its files
    ///
    /// Reads SHA256SUMS and all that it lists by plain GETs, without credentials, and prints
    /// a line a file. Ends with 1 where a byte of a disk, of the bill of materials, of the sums
    /// or of the signature is another one. A connection that breaks off is gone on with; what
    /// still cannot be read is `unread`, which ends with 75 if it may pass, or with 69 where a
    /// web ACL asks for a CAPTCHA: only a browser can solve it.
    ///
    /// A record on stdin says where the release lies and how large its files are. Its public
    /// key is taken where none is given: that tells that the release is what the record says,
    /// but not who made both. Give --public-key, got in another way, wherever the record comes
    /// from somebody else; and --asset-id, lest an older release of the same key pass for this
    /// one.
    Verify(verify::Options),
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
            Verb::Sign(options) => sign::run(&context, options).await,
            Verb::Keygen(options) => keygen::run(&context, &options),
            Verb::Verify(options) => verify::run(&context, options).await,
            Verb::Status(options) => status::run(&context, options).await,
            Verb::Cancel(options) => cancel::run(&context, options).await,
        }
    })
}
