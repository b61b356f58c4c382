//! How the network is to be: options beat the record, that beats the defaults.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ipnet::Ipv4Net;
use lib_common::record::{NatKind, Network, NetworkKey, NetworkSettings};
use lib_common::vendor::{self, Owner};
use lib_common::{Error, Exit, Record, Result};

use crate::classic;
use crate::layout::{ANYWHERE, MOST_ZONES};

/// The smallest that carries the traffic of a few workers.
const INSTANCE_TYPE: &str = "t3.micro";

/// How the network is to be.
#[derive(Args, Clone, Debug)]
pub struct Wishes {
    /// What translates the addresses of the private subnets [default: the record's, or instance]
    #[arg(long, value_name = "KIND")]
    nat: Option<Nat>,

    /// In how many availability zones the network is [default: the record's, or 1]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=MOST_ZONES as i64))]
    zones: Option<u8>,

    /// Who may reach the bastion by SSH; may be given several times
    /// [env: AIL_SSH_CIDR] [default: the record's]
    #[arg(long, env = "AIL_SSH_CIDR", hide_env = true, value_name = "CIDR", value_delimiter = ',')]
    admin_cidr: Vec<Ipv4Net>,

    /// Type of the NAT instance or the bastion [default: the record's, or t3.micro]
    #[arg(long, value_name = "TYPE")]
    instance_type: Option<String>,

    /// Start the instance from this image, whatever its name and owner
    #[arg(long, value_name = "AMI")]
    image: Option<String>,

    /// Start the instance from the newest image of this name, with * and ?
    /// [env: AIL_SOURCE_NAME]
    #[arg(
        long,
        env = "AIL_SOURCE_NAME",
        hide_env = true,
        value_name = "PATTERN",
        default_value = "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"
    )]
    source_name: String,

    /// Account that owns the image [env: AIL_SOURCE_OWNER]
    #[arg(
        long,
        env = "AIL_SOURCE_OWNER",
        hide_env = true,
        value_name = "ID",
        default_value = "099720109477"
    )]
    source_owner: Owner,

    /// User that the image lets in by key [env: AIL_SOURCE_USER] [default: the record's, or the
    /// one of the owner's images, such as ubuntu for Canonical, admin for Debian]
    #[arg(long, env = "AIL_SOURCE_USER", hide_env = true, value_name = "NAME")]
    user: Option<String>,

    /// Use this key pair of one's own, and never delete it
    #[arg(long, value_name = "NAME", requires = "key_file")]
    key_name: Option<String>,

    /// The private key of --key-name
    #[arg(long, value_name = "FILE", requires = "key_name")]
    key_file: Option<PathBuf>,

    /// Build it as in the instructions of 2014: open, and with full access
    #[arg(long, env = "GD_CLASSIC", hide_env = true, value_name = "true|false",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    classic: Option<bool>,
}

/// What translates addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Nat {
    /// An instance, which is the bastion too
    Instance,
    /// A NAT gateway, with a bastion beside it
    Gateway,
}

/// Which image to start from.
#[derive(Clone, Debug)]
pub enum ImageChoice {
    /// This one.
    Id(String),
    /// The newest of a name.
    Newest {
        /// With * and ?.
        name: String,
        /// Who owns it.
        owner: Owner,
    },
}

/// How the network is to be, all told.
#[derive(Clone, Debug)]
pub struct Settings {
    pub zones: usize,
    pub nat: NatKind,
    pub admin_cidrs: Vec<String>,
    pub instance_type: String,
    pub image: ImageChoice,
    pub user: Option<String>,
    pub own_key: Option<NetworkKey>,
    pub classic: bool,
}

impl Settings {
    /// Those of the record, if it has any; a verb that compares with the record takes no
    /// wish of its environment for a change.
    pub fn sealed_or(options: &Wishes, record: &Record) -> Result<Self> {
        let mut settings = Self::new(options, record)?;
        if let Some(network) = record.get::<Network>()? {
            let before = network.settings;
            settings.zones = before.zones.clamp(1, MOST_ZONES);
            settings.nat = before.nat;
            settings.admin_cidrs = before.admin_cidrs;
            settings.instance_type = before.instance_type;
            settings.classic = before.classic;
        }
        Ok(settings)
    }

    /// What options and record say.
    pub fn new(options: &Wishes, record: &Record) -> Result<Self> {
        let network: Option<Network> = record.get()?;
        let before = network.as_ref().map(|network| &network.settings);
        let was_classic = before.is_some_and(|before| before.classic);
        let classic = options.classic.unwrap_or(was_classic);
        // Those of 2014 are no defaults for a network of today, nor the other way round.
        let alike = before.filter(|_| classic == was_classic);
        let nat = options.nat.map(|nat| match nat {
            Nat::Instance => NatKind::Instance,
            Nat::Gateway => NatKind::Gateway,
        });
        let zones = options.zones.map(usize::from).or(before.map(|before| before.zones));
        let given: Vec<_> =
            options.admin_cidr.iter().map(|cidr| cidr.trunc().to_string()).collect();
        let mut admin_cidrs = match (given.is_empty(), alike) {
            (false, _) => given,
            (true, Some(before)) => before.admin_cidrs.clone(),
            (true, None) if classic => vec![ANYWHERE.to_owned()],
            (true, None) => Vec::new(),
        };
        admin_cidrs.sort();
        admin_cidrs.dedup();
        let instance_type = options
            .instance_type
            .clone()
            .or(alike.map(|before| before.instance_type.clone()))
            .unwrap_or_else(|| {
                if classic { classic::INSTANCE_TYPE } else { INSTANCE_TYPE }.to_owned()
            });
        let (name, owner) = (options.source_name.clone(), options.source_owner.clone());
        let image = match &options.image {
            Some(id) => ImageChoice::Id(id.clone()),
            None => ImageChoice::Newest { name, owner },
        };
        let user = options
            .user
            .clone()
            .or(network.as_ref().map(|network| network.bastion.user.clone()))
            .or(vendor::user(options.source_owner.as_str()).map(str::to_owned));
        let own_key = match (&options.key_name, &options.key_file) {
            (Some(name), Some(file)) => Some(NetworkKey {
                name: name.clone(),
                file: std::path::absolute(file).unwrap_or_else(|_| file.clone()),
                generated: false,
            }),
            _ => network.as_ref().map(|network| network.key_pair.clone()).filter(|k| !k.generated),
        };
        Ok(Self {
            zones: zones.unwrap_or(1).clamp(1, MOST_ZONES),
            nat: nat.or(before.map(|before| before.nat)).unwrap_or(NatKind::Instance),
            admin_cidrs,
            instance_type,
            image,
            user,
            own_key,
            classic,
        })
    }

    /// Refuses what cannot be built without knowing more.
    pub fn check(&self) -> Result<()> {
        if self.admin_cidrs.is_empty() {
            return Err(Error::new(Exit::Usage, "who may reach the bastion is not said")
                .next("give --admin-cidr, such as 203.0.113.7/32, or set AIL_SSH_CIDR"));
        }
        if self.user.is_none() {
            return Err(Error::new(Exit::Usage, "the user that the image lets in is not known")
                .next("give --user, or set AIL_SOURCE_USER"));
        }
        classic::check(self)?;
        if let Some(key) = &self.own_key {
            std::fs::File::open(&key.file).map_err(|error| {
                let what = format!("cannot read the private key {}", key.file.display());
                Error::new(Exit::BadInput, what).caused_by(&error)
            })?;
        }
        Ok(())
    }

    /// As the record keeps them.
    pub fn sealed(&self) -> NetworkSettings {
        NetworkSettings {
            zones: self.zones,
            nat: self.nat,
            admin_cidrs: self.admin_cidrs.clone(),
            instance_type: self.instance_type.clone(),
            classic: self.classic,
        }
    }
}

impl Settings {
    /// Those of a network that is there, to be compared with and not to be built.
    pub fn of(network: &Network) -> Self {
        let before = network.settings.clone();
        Self {
            zones: before.zones.clamp(1, MOST_ZONES),
            nat: before.nat,
            admin_cidrs: before.admin_cidrs,
            instance_type: before.instance_type,
            image: ImageChoice::Id(String::new()),
            user: Some(network.bastion.user.clone()),
            own_key: Some(network.key_pair.clone()).filter(|key| !key.generated),
            classic: before.classic,
        }
    }

    /// Those with which every part is there.
    pub fn of_everything(own_key: bool) -> Self {
        let none = || NetworkKey { name: String::new(), file: PathBuf::new(), generated: false };
        Self {
            zones: MOST_ZONES,
            nat: NatKind::Instance,
            admin_cidrs: Vec::new(),
            instance_type: String::new(),
            image: ImageChoice::Id(String::new()),
            user: None,
            own_key: own_key.then(none),
            classic: false,
        }
    }
}
