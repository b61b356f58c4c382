//! Bring CloudFormation stacks up and down, and run a command while one is up.

mod capability;
mod change_set;
mod command;
mod contents;
mod creation;
mod diff;
mod down;
mod dry_run;
mod events;
mod kept;
mod key_pair;
mod kind;
mod kinds;
mod line;
mod loss;
mod machine;
mod made;
mod owner;
mod protection;
mod removal;
mod run;
mod services;
mod settle;
mod stack;
mod status;
mod target;
mod template;
mod up;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::{self, property};
use lib_common::record::{Image, Instance, KeyPair, SourceImage, Stack};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[
        property::<SourceImage>,
        property::<Stack>,
        property::<KeyPair>,
        property::<Instance>,
        property::<Image>,
    ],
    lines: Some(schema::line::<line::Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Partial, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Bring a stack up: make it, change it, or find it as it should be
    ///
    /// The record on stdin gives the source image; the one on stdout has the stack, the key
    /// pair and the instance. A stack that is there already is changed by a change set, which
    /// is shown; what would remove or replace a resource wants --yes. A stack of an earlier
    /// run that is still coming up is waited for; one that never came up is made anew. Where
    /// nothing differs, nothing is called that changes anything. A new stack that fails, or is
    /// interrupted, is removed again with its key pair, unless --keep is given.
    ///
    /// A private key is kept in $XDG_STATE_HOME/ail until the stack goes.
    ///
    /// A permanent kind needs no asset id, and no record but for what another permanent stack
    /// in it hands on: an output goes into the parameter of the same name. Its stack is
    /// protected from termination, and keeps the value of every parameter that is not given.
    /// vm-bucket-waf is in us-east-1, whatever the region is otherwise. A new vm-bucket takes
    /// in the bucket that an earlier one kept.
    Up(up::Options),
    /// Take a stack down, with the key pair that was made for it
    ///
    /// Without --kind, --template or --name it is the stack of the record on stdin, or else
    /// the instance of the asset id. Waits until it is gone, and deletes the key pairs that
    /// were made for the asset id, with their files; a key pair of one's own stays. It wants
    /// --yes, and says what would be lost, and which objects are in a bucket that stays. It
    /// lifts the protection of a permanent stack. That nothing is there is success, and wants
    /// nothing.
    Down(down::Options),
    /// Run a command while a stack is up
    ///
    /// Brings the stack up as `up` does, runs COMMAND with the record on its stdin, and takes
    /// stack and key pair down whatever happens: success, failure, SIGINT, SIGTERM. Prints the
    /// record that COMMAND printed, with the stack closed and the instance gone.
    ///
    /// The exit status is COMMAND's own; 128 + N if signal N ended it; 65 if it succeeded and
    /// printed no record; 79, with the record, if only the taking down failed. A signal is
    /// handed on to COMMAND's process group, which has three minutes to clean up. If this
    /// program is killed itself, COMMAND is told SIGTERM, and the next run takes the stack
    /// over: one run an asset id at a time.
    ///
    /// COMMAND has AIL_RUN and AIL_REGION in its environment. --timeout is for each wait for
    /// the stack, not for COMMAND.
    Run(run::Options),
    /// Show what `up` would change
    ///
    /// A line a resource that would be added, modified or removed; no line where the stack is
    /// as asked for. It makes a change set and deletes it again; nothing is executed.
    Diff(diff::Options),
    /// Show a stack, its outputs and its resources
    ///
    /// A line each. Without --kind, --template or --name it is the stack of the record on
    /// stdin, or else the instance of the asset id. Exit status 66 if there is none.
    Status(status::Options),
    /// Show the built-in kinds of stacks and their parameters
    Kinds,
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Up(options) => up::run(&context, options).await,
            Verb::Down(options) => down::run(&context, options).await,
            Verb::Run(options) => run::run(&context, options).await,
            Verb::Diff(options) => diff::run(&context, options).await,
            Verb::Status(options) => status::run(&context, options).await,
            Verb::Kinds => kinds::run(&context),
        }
    })
}
