//! Turn messages that list images into montages.

mod backoff;
mod bucket;
mod fetch;
mod heartbeat;
mod job;
mod line;
mod memory;
mod montage;
mod queues;
mod run;
mod serve;
mod work;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::Queues;
use lib_common::record::schema::{self, property};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Queues>],
    lines: Some(schema::line::<line::Line>),
    exits: &[Exit::NotFound],
};

#[derive(Subcommand)]
enum Verb {
    /// Work on jobs until told to end
    ///
    /// A job is a message that lists images, a URL a line, or as
    /// {"job": ID, "urls": [URL, …]}. Its images are fetched, made into one row and put into
    /// the bucket as out/ID.jpg, unless another worker did so; ID follows from the URLs. Then
    /// `Output available at: LINK` goes to the output queue, with what failed in the
    /// attributes, and the message is deleted. A line of JSON a message goes to stdout.
    ///
    /// An image that cannot be had is left out. A message that cannot be worked on goes to
    /// the dead letters with the reason; one that may work later comes back after a while.
    ///
    /// Images are fetched from public addresses only, by http and https, never from the
    /// network in which the worker stands. Certificates are checked by the authorities that
    /// the system trusts, or by those in the file SSL_CERT_FILE instead.
    ///
    /// SIGTERM or SIGINT: no more messages are taken, what is begun is finished, and the
    /// worker ends with 0; the second signal ends it at once, and its messages come back.
    Run(run::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Run(options) => run::run(&context, options).await,
        }
    })
}
