//! The network of a GameDay: build it, look after it, draw it, and get in.

mod architecture;
mod choice;
mod classic;
mod console;
mod down;
mod draw;
mod layout;
mod network;
mod opened;
mod own_key;
mod resource;
mod rule;
mod settings;
mod site;
mod ssh;
mod strangers;
mod verbs;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::reconcile::Line;
use lib_common::record::Network;
use lib_common::record::schema::{line, property};
use lib_common::team::Team;

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[property::<Team>, property::<Network>],
    lines: Some(line::<Line>),
    exits: &[Exit::NotFound, Exit::Exists, Exit::Confirm],
};

#[derive(Subcommand)]
enum Verb {
    /// Build the network, or go on building it
    ///
    /// Reads a record on stdin if one is piped; prints it with `network`. What is there is
    /// found by its tags, by the ids of the record, or by what it is, and left alone where it
    /// is as it shall be; so the same line again goes on where it was ended, and changes
    /// nothing once all is done. Nothing is taken back: run `gd-vpc down` for that. With
    /// another --nat, or fewer --zones, what was there for the old ones goes once the new
    /// route stands; that wants --yes.
    Up(Box<opened::Options>),
    /// Print a line for each part: whether it is there and as it shall be
    Status(Box<opened::Options>),
    /// Print a line for each thing that is not as it was built
    ///
    /// Reads a record with `network` on stdin, and compares it, the settings and the account.
    /// A finding is `missing`, `changed`, `extra` or `unreadable`, the worst come first, and
    /// `mend` names the call that mends it. Without one the exit status is 0, with findings 1. What could not be read is never taken for healthy. What came with
    /// the VPC is looked after too: its network ACL lets everything pass and stands before each
    /// subnet, its main route table leads nowhere, and its default security group lets nothing
    /// in or out (with --classic, what AWS makes it). Any other subnet, table, group, ACL,
    /// instance, interface, gateway, endpoint, peering or attachment in the VPC is `extra`.
    Verify(Box<opened::Options>),
    /// Make the network again what it was
    ///
    /// Reads a record with `network` on stdin; prints it with the new baseline. What lets
    /// somebody in goes first: rules, routes, and whatever in the VPC nobody planned. What can be
    /// mended in place is; what cannot is made anew. To delete anything, the instance that is
    /// another than the sealed one too, wants --yes. What is somebody's own and only stands at
    /// the VPC, an internet or VPN gateway, is taken off it and not deleted. What an AWS service
    /// made there is left to a person; what GuardDuty put there by itself is told once, and is
    /// in the new baseline. A key pair becomes what it was, on a machine without its private key
    /// too. Then all is looked at again: where something is left, the exit status is 1.
    Repair(Box<opened::Options>),
    /// Delete the network
    ///
    /// Finds everything by its tags and by the record on stdin, if one is piped. Where
    /// something else is in the VPC, nothing is deleted. The file of the private key goes
    /// last; a key pair of one's own stays.
    Down(down::Options),
    /// Log in to the bastion, or through it to a private instance
    ///
    /// Reads a record with `network` from stdin or --network. A private instance is reached by
    /// a jump through the bastion; no key is copied there and no agent forwarded. The host keys
    /// are those that the instances printed on their consoles. Ends with ssh's own status.
    Ssh(ssh::Options),
    /// Draw the network as it is now
    ///
    /// Finds the VPC by the record on stdin, if one is piped, or by the team's tags; prints
    /// subnets, gateways, default routes, instances and, as SVG and text, the rules of the
    /// groups. Those two show what is damaged where a record is given: missing dashed (-),
    /// changed amber (~), extra red (+), each with its word, and the findings below.
    Draw(draw::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Up(options) => verbs::up(&context, &options).await,
            Verb::Status(options) => verbs::status(&context, &options).await,
            Verb::Verify(options) => verbs::verify(&context, &options).await,
            Verb::Repair(options) => verbs::repair(&context, &options).await,
            Verb::Down(options) => down::run(&context, &options).await,
            Verb::Ssh(options) => ssh::run(&context, &options).await,
            Verb::Draw(options) => draw::run(&context, &options).await,
        }
    })
}
