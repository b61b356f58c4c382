//! Install software on a running instance over SSH with Ansible.

mod access;
mod ansible;
mod cloud_init;
mod console;
mod exec;
mod host_key;
mod install;
mod inventory;
mod password;
mod playbook;
mod reset_password;
mod sbom;
mod shell;
mod ssh;
mod target;
mod wait;

use std::process::ExitCode;

use clap::Subcommand;
use lib_common::Exit;
use lib_common::cli::{self, Tool};
use lib_common::record::schema::property;
use lib_common::record::{Instance, Inventory, KeyPair, Provision};

const TOOL: Tool = Tool {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: env!("CARGO_PKG_DESCRIPTION"),
    examples: include_str!("examples.txt"),
    members: &[
        property::<Instance>,
        property::<KeyPair>,
        property::<Provision>,
        property::<Inventory>,
    ],
    lines: None,
    exits: &[Exit::NotFound, Exit::Exists],
};

#[derive(Subcommand)]
enum Verb {
    /// Wait until the record's instance lets us in by SSH and cloud-init is finished
    ///
    /// The host key is checked against the record, or else against what the instance
    /// printed on its console, and is then written into the record.
    Wait(wait::Options),
    /// Install the software of the image on the record's instance
    ///
    /// Runs ansible-playbook with the built-in roles: a network configuration for any
    /// interface (netplan), Docker, JupyterLab as a service, SSH host keys of its own for
    /// each machine, and a clean-up. What is done already is not done again.
    ///
    /// Jupyter listens on all addresses and asks for a token, which each machine makes at
    /// its first boot: `sudo cat /var/lib/jupyter/token` there. Only `GET /api` needs none.
    Install(install::Options),
    /// Write down which packages are on the record's instance, as a bill of materials
    ///
    /// The file, ai-lab-ASSET_ID.cdx.json, is CycloneDX 1.6: the packages of dpkg, and those
    /// of every Python environment that is found. The same packages give the same bytes.
    /// It needs the key, so it comes before `reset-password`; on the instance it changes
    /// nothing.
    Inventory(inventory::Options),
    /// Set the default password, expired at once, and remove all SSH keys
    ///
    /// The last step before an image is made: from then on the record's key opens nothing.
    /// Who logs in by the password is made to change it. The password comes from a file, a
    /// descriptor or the environment, never from an argument.
    ResetPassword(reset_password::Options),
    /// Run a command on the record's instance, and end with its status
    Exec(exec::Options),
}

fn main() -> ExitCode {
    cli::run(&TOOL, |context, verb| async move {
        match verb {
            Verb::Wait(options) => wait::run(&context, options).await,
            Verb::Install(options) => install::run(&context, options).await,
            Verb::Inventory(options) => inventory::run(&context, options).await,
            Verb::ResetPassword(options) => reset_password::run(&context, options).await,
            Verb::Exec(options) => exec::run(&context, options).await,
        }
    })
}
