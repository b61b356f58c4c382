//! Check what a changelog says of a release, and write the release's notes.

mod changes;
mod check;
mod finding;
mod place;
mod render;
mod tag;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Bill, Checksums, Exports, Image};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Image>, property::<Exports>, property::<Bill>, property::<Checksums>],
    lines: Some(schema::line::<finding::Finding>),
    exits: &[Exit::NotFound],
};

#[derive(Subcommand)]
enum Verb {
    /// Check that a file of changes is ready to be released
    ///
    /// Two forms are read: a changelog as of https://keepachangelog.com, in which each release
    /// is a heading `## [1.2.3] - 2026-11-22`, and a file for one release, changes_1.2.3.md,
    /// with the title `# NAME 1.2.3, released 2026-11-22`, a line `Code name: …` and a heading
    /// `## Summary`. A changelog may have a code name and a summary too.
    ///
    /// There is a line for version, date, code name and summary, one for each heading below
    /// which nothing stands, and one for the tag, if there is one. Each says whether the thing
    /// is ok, or missing, empty, invalid, or differs from what another place says. Checked is
    /// the release of the tag, else the newest one. If something is to be mended, the exit
    /// status is 1.
    #[command(verbatim_doc_comment)]
    Check(check::Options),
    /// Write release notes from the record of a release
    ///
    /// Stdin is the record of the release; its machine image, its exported disks and its bill of
    /// materials become a table with addresses, sizes and checksums. If the release has sums
    /// and a signature, the notes tell where they are, the public key, and the command that
    /// checks the release. The text goes to stdout.
    ///
    /// The notes stand between two lines, `<!-- ail-notes: begin -->` and
    /// `<!-- ail-notes: end -->`. With --into, all between these lines of FILE is replaced, and
    /// not a byte outside of them changes: so people can write around the notes, and writing
    /// them again changes nothing. FILE itself is not written.
    #[command(verbatim_doc_comment)]
    Render(render::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Check(options) => check::run(&context, options).await,
            Verb::Render(options) => render::run(&context, options).await,
        }
    })
}
