//! What came in on stdin: it says what to tag, and goes out again.

use lib_common::asset::{Asset, Piped, check_region, region_of};
use lib_common::lines::print;
use lib_common::{Context, Error, Exit, Outcome, Record, Result, aws};

use crate::services::Services;
use crate::thing::{self, Thing};

/// What came in on stdin.
pub struct Input {
    piped: Piped,
    /// What can carry tags of it, each once.
    pub things: Vec<Thing>,
}

impl Input {
    /// Reads stdin.
    pub fn read(context: &Context) -> Result<Self> {
        let advice = || "pipe in a record, or what `ail-assets list` prints".to_owned();
        let bytes = context.input().map_err(|error| error.next_or(advice))?;
        let piped = Piped::parse(&bytes)?;
        let mut things = Vec::new();
        for thing in named(&piped)? {
            if !things.contains(&thing) {
                things.push(thing);
            }
        }
        if things.is_empty() {
            return Err(Error::new(Exit::BadInput, "the input names nothing that can carry tags")
                .next(advice()));
        }
        Ok(Self { piped, things })
    }

    /// The services, in the region of the options, the environment or the input.
    pub async fn services(&self, context: &Context) -> Result<Services> {
        let mut record = match &self.piped {
            Piped::Record(record) => Record::clone(record),
            Piped::Lines(lines) => {
                let mut record = Record::default();
                if let Some(region) = region_of(&assets(lines)) {
                    record.set_region(region);
                }
                record
            }
        };
        let config = context.aws(&mut record).await?;
        if let Piped::Lines(lines) = &self.piped {
            check_region(&assets(lines), aws::region(config))?;
        }
        Ok(Services::new(config))
    }

    /// Prints what came in as it was, and gives up with `failure`, if there is one. Of lines
    /// only those are printed that are `fine`.
    pub fn pass_on(self, fine: impl Fn(&Asset) -> bool, failure: Option<Error>) -> Result<Outcome> {
        match (self.piped, failure) {
            (Piped::Record(record), None) => Ok((*record).into()),
            (Piped::Record(record), Some(error)) => Err(error.partial(*record)),
            (Piped::Lines(lines), failure) => {
                let fine = lines.into_iter().filter(|(asset, _)| fine(asset));
                let text: String = fine.map(|(_, line)| line + "\n").collect();
                print(&text)?;
                failure.map_or_else(
                    || Ok(Outcome::printed()),
                    |error| Err(error.exiting(Exit::Partial)),
                )
            }
        }
    }
}

fn named(piped: &Piped) -> Result<Vec<Thing>> {
    match piped {
        Piped::Record(record) => thing::of_record(record),
        Piped::Lines(lines) => {
            let assets = assets(lines).into_iter();
            assets.filter_map(|asset| Thing::new(asset).transpose()).collect()
        }
    }
}

fn assets(lines: &[(Asset, String)]) -> Vec<Asset> {
    lines.iter().map(|(asset, _)| asset.clone()).collect()
}
