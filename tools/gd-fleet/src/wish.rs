//! What a person chooses of a fleet: options beat the record, that beats the defaults.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use lib_common::record::{BACKLOG_PER_INSTANCE, Fleet, FleetWish, Scaling};
use lib_common::{Error, Exit, Record, Result};
use sha2::{Digest, Sha256};

use crate::classic;
use crate::user_data::hex;

const INSTANCE_TYPE: &str = "t3.small";

/// How the fleet is to be.
#[derive(Args, Debug)]
#[command(next_help_heading = "Fleet")]
pub struct WishOptions {
    /// Fewest workers [default: the record's, or 1]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=1000))]
    min: Option<u32>,

    /// Most workers [default: the record's, or 4]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    max: Option<u32>,

    /// By what the group grows and shrinks [default: the record's, or step]
    #[arg(long, value_name = "BY")]
    scaling: Option<Scaling>,

    /// How many waiting jobs a worker shall have, with --scaling backlog [default: the record's,
    /// or 10: as long as a minute's wait at six seconds a job]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    backlog_per_instance: Option<u32>,

    /// Build it as in the instructions of 2014: open, and with full access
    #[arg(long, env = "GD_CLASSIC", hide_env = true, value_name = "true|false",
          num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    classic: Option<bool>,

    /// Type of the instances [default: the record's, or t3.small]
    #[arg(long, env = "GD_INSTANCE_TYPE", value_name = "TYPE", hide_env = true,
          value_parser = instance_type)]
    instance_type: Option<String>,

    /// Variable of the worker's environment, such as GD_JOBS=8 (see gd-worker(1)); may be
    /// given several times [default: the record's]
    #[arg(long = "worker-setting", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
}

/// What an image is made of, where one has to be made.
#[derive(Args, Debug)]
#[command(next_help_heading = "Image")]
pub struct ImageOptions {
    /// Binary of the worker [default: the gd-worker beside gd-fleet]
    #[arg(long, env = "GD_WORKER", value_name = "FILE", hide_env = true)]
    worker: Option<PathBuf>,
}

impl WishOptions {
    /// The wish. The worker is the one of `--worker`, else the record's, else the default.
    pub fn wish(self, image: &ImageOptions, record: &Record) -> Result<FleetWish> {
        let before = record.get::<Fleet>()?.map(|fleet| fleet.wish);
        let worker = match (&image.worker, &before) {
            (None, Some(before)) => before.worker.clone(),
            _ => sha256(&image.worker()?)?,
        };
        let was_classic = before.as_ref().is_some_and(|before| before.classic);
        let classic = self.classic.unwrap_or(was_classic);
        // What one of the two took by itself is not the choice of a person for the other.
        let type_before = before
            .as_ref()
            .filter(|_| classic == was_classic)
            .map(|before| before.instance_type.clone());
        let wish = FleetWish {
            worker,
            source: before.as_ref().and_then(|before| before.source.clone()),
            settings: match (self.settings.is_empty(), &before) {
                (true, Some(before)) => before.settings.clone(),
                _ => self.settings.into_iter().collect(),
            },
            instance_type: self.instance_type.or(type_before).unwrap_or_else(|| {
                if classic { classic::INSTANCE_TYPE } else { INSTANCE_TYPE }.to_owned()
            }),
            min: self.min.or(before.as_ref().map(|before| before.min)).unwrap_or(1),
            max: self.max.or(before.as_ref().map(|before| before.max)).unwrap_or(4),
            scaling: self
                .scaling
                .or(before.as_ref().map(|before| before.scaling))
                .unwrap_or_default(),
            backlog_per_instance: self
                .backlog_per_instance
                .or(before.as_ref().map(|before| before.backlog_per_instance))
                .unwrap_or(BACKLOG_PER_INSTANCE),
            classic,
        };
        if wish.classic && wish.scaling == Scaling::Backlog {
            let what = "in 2014 there was no target tracking";
            return Err(Error::new(Exit::Usage, what)
                .next("give --scaling step with --classic, or leave --classic out"));
        }
        if wish.min > wish.max {
            let what = format!("at least {} and at most {} workers cannot be", wish.min, wish.max);
            return Err(Error::new(Exit::Usage, what).next("give --min and --max together"));
        }
        if self.backlog_per_instance.is_some() && wish.scaling == Scaling::Step {
            let what = "the steps know nothing of a backlog per instance";
            return Err(Error::new(Exit::Usage, what).next("give --scaling backlog with it"));
        }
        Ok(wish)
    }
}

impl ImageOptions {
    /// The worker's binary.
    pub fn worker(&self) -> Result<PathBuf> {
        if let Some(path) = &self.worker {
            return Ok(path.clone());
        }
        let own = std::env::current_exe().map_err(|error| {
            Error::new(Exit::Failed, "cannot tell where gd-fleet lies")
                .caused_by(&error)
                .next("name the worker's binary with --worker")
        })?;
        Ok(own.with_file_name("gd-worker"))
    }
}

/// The wish of a record whose fleet may have been begun and never finished: its worker is
/// not known then.
pub fn of_record(record: &Record) -> Result<FleetWish> {
    Ok(record.get::<Fleet>()?.map_or_else(
        || FleetWish {
            worker: "0".repeat(64),
            source: None,
            settings: BTreeMap::new(),
            instance_type: INSTANCE_TYPE.to_owned(),
            min: 1,
            max: 4,
            scaling: Scaling::default(),
            backlog_per_instance: BACKLOG_PER_INSTANCE,
            classic: false,
        },
        |fleet| fleet.wish,
    ))
}

fn sha256(path: &std::path::Path) -> Result<String> {
    let bytes = std::fs::read(path).map_err(|error| {
        Error::new(Exit::BadInput, format!("cannot read the worker {}", path.display()))
            .caused_by(&error)
            .next("name its binary with --worker")
    })?;
    Ok(hex(&Sha256::digest(&bytes)))
}

/// As a line of systemd's EnvironmentFile takes it without quotes (systemd.exec(5)).
fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_uppercase()) || !name.chars().all(fits) {
        return Err(format!("{name:?} is no name of a variable: A-Z, 0-9 and _"));
    }
    let odd = |c: char| !(c.is_ascii_graphic() || c == ' ') || "\"'\\".contains(c);
    match value.chars().find(|c| odd(*c)) {
        Some(odd) => Err(format!("{odd:?} cannot stand in a variable of a unit")),
        None if value != value.trim() => Err("its value begins or ends with a space".to_owned()),
        None => Ok((name.to_owned(), value.to_owned())),
    }
}

fn instance_type(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    match text.split_once('.') {
        Some((family, size))
            if !family.is_empty() && !size.is_empty() && text.chars().all(fits) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("a type of instance is written as t3.small".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_a_line_of_an_environment_file() {
        assert_eq!(setting("GD_JOBS=8"), Ok(("GD_JOBS".to_owned(), "8".to_owned())));
        assert_eq!(setting("A=b=c").map(|(_, value)| value), Ok("b=c".to_owned()));
        for bad in ["GD_JOBS", "=1", "gd=1", "1A=1", "A B=1", "A=\n", "A=\"", "A= 1", "A=ä"] {
            assert!(setting(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn types_have_a_form() {
        assert!(instance_type("c7i-flex.2xlarge").is_ok());
        for bad in ["", "t3", "t3.", ".small", "T3.small", "t3 small.x"] {
            assert!(instance_type(bad).is_err(), "{bad:?}");
        }
    }
}
