//! The options that every tool has.

use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::AssetId;

/// The options that every tool has. Options beat the environment, that beats the
/// record, that beats the defaults.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Region of the calls [default: AWS_REGION, the record's, the profile's]
    #[arg(long, global = true, env = "AIL_REGION", value_name = "REGION", hide_env = true)]
    pub region: Option<String>,

    /// Profile of the AWS configuration [default: AWS_PROFILE]
    #[arg(long, global = true, env = "AIL_PROFILE", value_name = "NAME", hide_env = true)]
    pub profile: Option<String>,

    /// Endpoint of the calls [default: AWS_ENDPOINT_URL, or AWS itself]
    #[arg(long, global = true, env = "AIL_ENDPOINT_URL", value_name = "URL", hide_env = true)]
    pub endpoint_url: Option<String>,

    /// Asset id of the release [default: AIL_ASSET_ID, the record's]
    #[arg(long, global = true, env = "AIL_ASSET_ID", value_name = "ID", hide_env = true)]
    pub asset_id: Option<AssetId>,

    /// Longest time to wait, such as 90s, 20m or 6h [env: AIL_TIMEOUT]
    #[arg(long, global = true, env = "AIL_TIMEOUT", value_name = "TIME", hide_env = true,
          value_parser = duration)]
    pub timeout: Option<Duration>,

    /// Format of lists [default: table on a terminal, else ndjson]
    #[arg(long, global = true, env = "AIL_OUTPUT", value_name = "FORMAT", hide_env = true)]
    pub output: Option<Format>,

    /// Print what would be done, and change nothing
    #[arg(long, global = true, env = "AIL_DRY_RUN", hide_env = true)]
    pub dry_run: bool,

    /// Do not ask before something is destroyed
    #[arg(long, global = true, env = "AIL_YES", hide_env = true)]
    pub yes: bool,

    /// Say more on stderr: -v what is done, -vv every call
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Say only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// No colour [env: NO_COLOR]
    #[arg(long, global = true)]
    pub no_color: bool,

    /// Mark of this run in the tags, 8 hex digits; the stages of a pipeline share it
    #[arg(long, global = true, env = "AIL_RUN", value_name = "HEX", hide = true,
          value_parser = run_mark)]
    pub run: Option<String>,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON array
    Json,
    /// A JSON object a line
    Ndjson,
    /// Columns for a person
    Table,
    /// A Markdown table
    Markdown,
}

fn duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time.is_zero() => Err("it must be more than nothing".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(format!("{error}; write it as 90s, 20m or 6h")),
    }
}

fn run_mark(text: &str) -> Result<String, String> {
    match text.len() == 8 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(text.to_owned()),
        false => Err("a run is marked by 8 lower-case hex digits".to_owned()),
    }
}
