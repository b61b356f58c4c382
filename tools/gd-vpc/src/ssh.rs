//! `gd-vpc ssh`: into the bastion, or through it into a private instance.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_ec2::types::Instance;
use clap::Args;
use futures::future::try_join_all;
use lib_common::record::Network;
use lib_common::team::{TEAM, TeamOption};
use lib_common::{Context, Error, Exit, Outcome, Result};
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::console;
use crate::resource::instance::{described, living};
use crate::site::{Site, filter, tag};

/// Where to go, and what to run there.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    team: TeamOption,

    /// Record with the network, where stdin is for the command
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,

    /// `bastion`, or the id, the private address or the name of an instance in the VPC
    target: String,

    /// Command to run there [default: a shell]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// A host on the way.
struct Host {
    address: String,
    keys: Vec<String>,
}

/// Logs in, and ends as ssh does.
pub async fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let mut record = match &options.network {
        Some(file) => read(file)?,
        None => context.record_if_piped()?,
    };
    let network: Network = record.require()?;
    let team = options.team.of(&mut record)?;
    let config = context.aws(&mut record).await?;
    let site = Arc::new(Site::new(context, config, team));
    let hosts = way(&site, &network, &options.target).await?;
    let known_hosts = known_hosts(&hosts)?;
    let status = command(&network, &hosts, known_hosts.path(), &options.command)
        .status()
        .await
        .map_err(|error| {
            Error::new(Exit::Failed, "cannot run ssh")
                .caused_by(&error)
                .next("install OpenSSH's client (Debian: openssh-client)")
        })?;
    // As a shell counts: a signal is 128 and its number.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Ok(Outcome::printed().with_code(u8::try_from(code).unwrap_or(1)))
}

fn read(file: &Path) -> Result<lib_common::Record> {
    let bytes = std::fs::read(file).map_err(|error| {
        Error::new(Exit::BadInput, format!("cannot read {}", file.display())).caused_by(&error)
    })?;
    lib_common::Record::parse(&bytes)
}

/// The bastion, and the target behind it if it is another.
async fn way(site: &Site, network: &Network, target: &str) -> Result<Vec<Host>> {
    let bastion = &network.bastion;
    let in_vpc = vec![filter("vpc-id", &network.vpc), living()];
    let all = described(site, in_vpc).await?;
    let the_bastion = all.iter().find(|one| one.instance_id() == Some(bastion.id.as_str()));
    let Some(the_bastion) = the_bastion else {
        let what = site.cannot(&format!("find the bastion {}", bastion.id));
        return Err(Error::new(Exit::NotFound, what).next("mend it with `gd-vpc repair`"));
    };
    let address = the_bastion.public_ip_address().unwrap_or(&bastion.host);
    let mut way = vec![(bastion.id.as_str(), address)];
    if target != "bastion" && target != bastion.id {
        let found = named(site, &all, target)?;
        let id = found.instance_id().unwrap_or_default();
        if id != bastion.id {
            way.push((id, found.private_ip_address().unwrap_or_default()));
        }
    }
    let hosts = way.into_iter().map(|(id, address)| async move {
        let keys = console::host_keys(site, id).await?;
        Ok::<_, Error>(Host { address: address.to_owned(), keys })
    });
    try_join_all(hosts).await
}

/// The one instance that answers to an id, an address or a name.
fn named<'a>(site: &Site, all: &'a [Instance], target: &str) -> Result<&'a Instance> {
    let exact = |one: &&Instance| {
        one.instance_id() == Some(target) || one.private_ip_address() == Some(target)
    };
    if let Some(found) = all.iter().find(exact) {
        return Ok(found);
    }
    let of_team = |one: &&Instance| tag(one.tags(), TEAM) == Some(site.team.as_str());
    let is_named = |one: &&Instance| tag(one.tags(), "Name") == Some(target);
    let found: Vec<_> = all.iter().filter(of_team).filter(is_named).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(Error::new(
            Exit::NotFound,
            site.cannot(&format!("find an instance {target} in the VPC")),
        )
        .next("give bastion, or the id, the private address or the name of an instance")),
        _ => {
            let what = site.cannot(&format!("tell which of the instances {target} is meant"));
            let ids: Vec<_> = found.iter().filter_map(|one| one.instance_id()).collect();
            Err(Error::new(Exit::BadInput, what).because(ids.join(", ")))
        }
    }
}

/// A file with the keys that the hosts printed on their consoles, which only AWS shows.
fn known_hosts(hosts: &[Host]) -> Result<NamedTempFile> {
    let mut text = String::new();
    for host in hosts {
        for key in &host.keys {
            writeln!(text, "{} {key}", host.address).expect("a string takes it");
        }
    }
    let written = NamedTempFile::new().and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file)
    });
    written.map_err(|error| {
        Error::new(Exit::Failed, "cannot write a file of host keys").caused_by(&error)
    })
}

/// ssh itself. The jump is a configuration of its own, for `-J` takes no key file.
fn command(network: &Network, hosts: &[Host], known_hosts: &Path, words: &[String]) -> Command {
    let options = |key: &Path| {
        [
            "-F".to_owned(),
            "/dev/null".to_owned(),
            "-i".to_owned(),
            key.display().to_string(),
            "-oIdentitiesOnly=yes".to_owned(),
            "-oStrictHostKeyChecking=yes".to_owned(),
            "-oForwardAgent=no".to_owned(),
            format!("-oUserKnownHostsFile={}", known_hosts.display()),
            "-oGlobalKnownHostsFile=/dev/null".to_owned(),
        ]
    };
    let user = &network.bastion.user;
    let key = &network.key_pair.file;
    let mut ssh = Command::new("ssh");
    ssh.args(options(key));
    if let [bastion, _] = hosts {
        // What -J runs, with the same key and the same host keys (ssh_config(5), ProxyJump).
        let words: Vec<_> = options(key).iter().map(|word| quoted(word)).collect();
        let jump = format!(
            "ssh {} -p {} -W '[%h]:%p' {}",
            words.join(" "),
            network.bastion.port,
            quoted(&format!("{user}@{}", bastion.address)),
        );
        ssh.arg(format!("-oProxyCommand={jump}"));
    } else {
        ssh.arg("-p").arg(network.bastion.port.to_string());
    }
    let last = hosts.last().expect("the bastion at least");
    ssh.arg(format!("{user}@{}", last.address)).arg("--").args(words);
    ssh
}

/// For the shell that runs a ProxyCommand, where % begins a token of ssh's own.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''").replace('%', "%%"))
}
