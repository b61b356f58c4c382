//! What is wanted: options beat the environment, that beats the record, that beats the defaults.

use std::time::Duration;

use clap::Args;
use lib_common::record::Queues;
use lib_common::team::TeamOption;
use lib_common::{Error, Exit, Record, Result};

use crate::names::Names;
use crate::role::Role;

/// How long a worker has before its job is offered to another (the GameDay's instructions).
const VISIBILITY_SECONDS: u32 = 90;
/// SQS API Reference, VisibilityTimeout: at most 12 hours.
const LONGEST_VISIBILITY: u32 = 12 * 60 * 60;
/// How often a job is tried (the GameDay's instructions).
const MAX_RECEIVES: u32 = 5;
/// How long montages are kept: longer than any GameDay, shorter than anybody remembers them.
const MONTAGE_DAYS: u32 = 14;

/// What is wanted.
#[derive(Args, Clone, Debug)]
pub struct Wanted {
    #[command(flatten)]
    pub team: TeamOption,

    /// How long a received message is hidden from others [default: the record's, 90s]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    visibility: Option<Duration>,

    /// After how many receives a job is a dead letter [default: the record's, 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_receives: Option<u32>,

    /// After how many days a montage is deleted [default: the record's, 14]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    montage_days: Option<u32>,

    /// Build it as in the instructions of 2014: open, and with full access
    #[arg(long, env = "GD_CLASSIC", hide_env = true, value_name = "true|false",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    classic: Option<bool>,

    #[command(flatten)]
    pub names: Names,
}

/// What is wanted, all of it.
#[derive(Clone, Debug)]
pub struct Spec {
    input: String,
    output: String,
    dead_letter: String,
    /// The bucket's name, where it is not to be a random one.
    pub bucket: Option<String>,
    /// The bucket's name in the record.
    pub earlier_bucket: Option<String>,
    pub visibility_seconds: u32,
    pub max_receives: u32,
    pub montage_days: u32,
    pub classic: bool,
}

impl Spec {
    pub fn new(wanted: &Wanted, record: &Record) -> Result<Self> {
        let names = &wanted.names;
        let earlier = record.get::<Queues>()?;
        let earlier = earlier.as_ref();
        let visibility = wanted.visibility.map(seconds).transpose()?;
        let spec = Self {
            input: names.queue(Role::Input, record)?,
            output: names.queue(Role::Output, record)?,
            dead_letter: names.queue(Role::DeadLetter, record)?,
            bucket: names.wanted_bucket(),
            earlier_bucket: earlier.map(|queues| queues.bucket.name.clone()),
            visibility_seconds: visibility
                .or(earlier.map(|queues| queues.visibility_seconds))
                .unwrap_or(VISIBILITY_SECONDS),
            max_receives: wanted
                .max_receives
                .or(earlier.map(|queues| queues.max_receives))
                .unwrap_or(MAX_RECEIVES),
            montage_days: wanted
                .montage_days
                .or(earlier.map(|queues| queues.montage_days))
                .unwrap_or(MONTAGE_DAYS),
            classic: wanted.classic.or(earlier.map(|queues| queues.classic)).unwrap_or(false),
        };
        let names = Role::ALL.map(|role| spec.queue(role));
        match names[0] == names[1] || names[1] == names[2] || names[0] == names[2] {
            true => Err(Error::new(Exit::Usage, "the three queues need three names")),
            false => Ok(spec),
        }
    }

    /// The name of a queue.
    pub fn queue(&self, role: Role) -> &str {
        match role {
            Role::Input => &self.input,
            Role::Output => &self.output,
            Role::DeadLetter => &self.dead_letter,
        }
    }
}

fn seconds(time: Duration) -> Result<u32> {
    match u32::try_from(time.as_secs()) {
        Ok(seconds @ 0..=LONGEST_VISIBILITY) if time.subsec_nanos() == 0 => Ok(seconds),
        _ => Err(Error::new(Exit::Usage, "--visibility is whole seconds, at most 12h")),
    }
}
