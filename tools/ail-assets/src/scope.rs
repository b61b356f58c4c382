//! The options that say which assets are meant.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use lib_common::asset::Kind;

/// Which assets are meant.
#[derive(Args)]
pub struct Scope {
    /// Only assets of this type; give it once for each type [default: all types]
    #[arg(long = "type", value_name = "TYPE", hide_default_value = true)]
    types: Vec<Kind>,

    /// Bucket of the exported images [default: that of the stack AIL-VM-BUCKET, and those that
    /// a record names]
    #[arg(long, env = "AIL_BUCKET", value_name = "BUCKET", hide_env = true)]
    pub bucket: Option<String>,
}

impl Scope {
    /// The types that are meant, each once, in the order of lists.
    pub fn kinds(&self) -> Vec<Kind> {
        let meant = |kind: &Kind| self.types.is_empty() || self.types.contains(kind);
        Kind::ALL.into_iter().filter(meant).collect()
    }
}

/// `--run`: only what one run made.
///
/// All tools have this option, hidden, as the mark of the run that they are part of, and
/// take it from `AIL_RUN` too. Here it narrows what is listed or removed, and a variable
/// that is set for other stages must not do that: only the command line counts.
#[derive(Default)]
pub struct OfRun(pub Option<String>);

const RUN: &str = "run";

impl Args for OfRun {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new(RUN)
                .long(RUN)
                .value_name("HEX")
                .value_parser(mark)
                .help("Only what this run made: the 8 hex digits in the tag ail:run"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for OfRun {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = matches.value_source(RUN) == Some(ValueSource::CommandLine);
        Ok(Self(matches.get_one(RUN).filter(|_| given).cloned()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn mark(text: &str) -> Result<String, String> {
    match text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(text.to_owned()),
        false => Err("a run is marked by 8 lower-case hex digits".to_owned()),
    }
}
