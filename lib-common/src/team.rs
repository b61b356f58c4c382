//! The team whose GameDay a resource belongs to.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::tags::{RUN, TOOL, Tags};
use crate::{Context, Member, Record, Result};

/// Marks everything of one team.
pub const TEAM: &str = "gd:team";
/// The name of the resource in the architecture.
pub const RESOURCE: &str = "gd:resource";
/// What the consoles show.
const NAME: &str = "Name";

/// The name of a team: 1 to 32 of `a-z`, `0-9` and `-`, for it becomes part of names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Team(#[schemars(regex(pattern = r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"))] String);

impl Team {
    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tags of something new: `resource` is its name in the architecture, `name` what
    /// the consoles show.
    #[must_use]
    pub fn tags(&self, context: &Context, resource: &str, name: &str) -> Tags {
        [
            (TEAM, self.as_str()),
            (RESOURCE, resource),
            (NAME, name),
            (TOOL, context.tool()),
            (RUN, context.run()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    /// The tags by which it is recognised, as a fact; those of tool and run differ from
    /// run to run.
    #[must_use]
    pub fn wish(&self, resource: &str, name: &str) -> Value {
        own([(TEAM, self.as_str()), (RESOURCE, resource), (NAME, name)])
    }
}

/// Those of a resource's tags that a wish speaks of, as a fact.
pub fn own<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let ours = tags.into_iter().filter(|(key, _)| [TEAM, RESOURCE, NAME].contains(key));
    let mut ours: Vec<_> = ours.collect();
    ours.sort_unstable();
    let ours = ours.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
    Value::Object(ours.collect::<Map<_, _>>())
}

/// The option that names the team.
#[derive(Args, Clone, Debug, Default)]
pub struct TeamOption {
    /// Team whose resources these are [default: the record's, or gameday]
    #[arg(long, env = "AIL_TEAM", value_name = "NAME", hide_env = true)]
    team: Option<Team>,
}

impl TeamOption {
    /// The team of the option, the record, or the default one; it is written into the
    /// record.
    pub fn of(&self, record: &mut Record) -> Result<Team> {
        let team = match &self.team {
            Some(team) => team.clone(),
            None => record.get()?.unwrap_or_else(|| Team("gameday".to_owned())),
        };
        record.set(&team);
        Ok(team)
    }
}

impl Member for Team {
    const NAME: &'static str = "team";
    const MADE_BY: &'static str = "`gd-vpc up`";
}

impl FromStr for Team {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let edges = !text.starts_with('-') && !text.ends_with('-');
        match (1..=32).contains(&text.len()) && text.chars().all(fits) && edges {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("a team is named by 1 to 32 of a-z, 0-9 and -, a hyphen only within".to_owned())
            }
        }
    }
}

impl TryFrom<String> for Team {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Team> for String {
    fn from(team: Team) -> Self {
        team.0
    }
}

impl fmt::Display for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_has_a_name_that_fits_everywhere() {
        assert!("red-2".parse::<Team>().is_ok());
        for wrong in ["", "-red", "red-", "Red", "r d", &"r".repeat(33)] {
            assert!(wrong.parse::<Team>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn tags_are_compared_in_any_order_and_without_those_of_others() {
        let team: Team = "red".parse().expect("valid");
        let found = [("Name", "Net"), ("cost", "7"), (RESOURCE, "vpc"), (TEAM, "red")];
        assert_eq!(own(found), team.wish("vpc", "Net"));
    }
}
