//! What is to be gone in the end.

use std::collections::HashSet;

use lib_common::asset::{Asset, Kind, Location, Piped, check_region, region_of};
use lib_common::{AssetId, Context, Record, Result};

use super::Options;
use crate::account::{Account, Places};
use crate::find::{self, Found};
use crate::result::{Fate, Removal};
use crate::search::{Search, Whose};

/// What is to be gone in the end.
pub struct Goal {
    search: Search,
    /// Only these, if lines were given.
    lines: Option<Vec<Asset>>,
}

impl Goal {
    /// Reads stdin and options; nothing is called.
    pub async fn read(context: &Context, options: Options) -> Result<(Self, Account)> {
        let Options { lines, scope, run } = options;
        if !lines {
            let mut record = context.record_if_piped().map_err(|error| {
                error.next_or(|| "to remove the assets of lines on stdin, give --lines".to_owned())
            })?;
            let whose = Whose::Of(context.asset_id(&record)?);
            let places = Places::new(scope.bucket.as_deref(), &record)?;
            let account = Account::open(context, &mut record, places).await?;
            let search = Search { whose, kinds: scope.kinds(), run: run.0, runs_of_objects: false };
            return Ok((Self { search, lines: None }, account));
        }
        let lines = Piped::lines(&context.input()?)?;
        let lines: Vec<_> = lines.into_iter().map(|(asset, _)| asset).collect();
        let mut record = Record::default();
        if let Some(region) = region_of(&lines) {
            record.set_region(region);
        }
        let places = match &scope.bucket {
            Some(bucket) => Places::Only(vec![bucket.clone()]),
            None => Places::Only(buckets(&lines)?),
        };
        let account = Account::open(context, &mut record, places).await?;
        check_region(&lines, &account.region)?;
        let given: HashSet<_> = lines.iter().map(|asset| asset.kind).collect();
        let kinds = scope.kinds().into_iter().filter(|kind| given.contains(kind)).collect();
        let search = Search { whose: whose(&lines), kinds, run: run.0, runs_of_objects: false };
        Ok((Self { search, lines: Some(lines) }, account))
    }

    /// Looks for what is still there.
    pub async fn look(&self, account: &Account) -> Result<Found> {
        if self.search.kinds.is_empty() {
            return Ok(Found::default());
        }
        let mut found = find::all(account, &self.search).await?;
        if let Some(lines) = &self.lines {
            let given: HashSet<_> = lines.iter().map(|line| (line.kind, &line.id)).collect();
            found.assets.retain(|asset| given.contains(&(asset.kind, &asset.id)));
        }
        Ok(found)
    }

    /// The lines of which nothing was found.
    pub fn absent(&self, found: &Found) -> Vec<Removal> {
        let there: HashSet<_> = found.assets.iter().map(|a| (a.kind, &a.id)).collect();
        let unread: HashSet<_> = found.unread.iter().map(|(kind, _)| *kind).collect();
        let absent = self.lines.iter().flatten().filter(|line| {
            let asked = self.search.kinds.contains(&line.kind) && !unread.contains(&line.kind);
            asked && !there.contains(&(line.kind, &line.id))
        });
        let gone = absent.map(|line| Removal {
            asset: line.clone(),
            result: Fate::Gone,
            reason: Some("nothing of these tools has this id".to_owned()),
            denied: false,
        });
        gone.collect()
    }
}

/// The one asset id of all lines, or anyone's.
fn whose(lines: &[Asset]) -> Whose {
    let mut ids = lines.iter().map(|line| line.asset_id.as_deref());
    let Some(Some(first)) = ids.next() else {
        return Whose::Anyone;
    };
    match (ids.all(|id| id == Some(first)), first.parse::<AssetId>()) {
        (true, Ok(id)) => Whose::Of(id),
        _ => Whose::Anyone,
    }
}

fn buckets(lines: &[Asset]) -> Result<Vec<String>> {
    let stored = lines.iter().filter(|line| matches!(line.kind, Kind::Object | Kind::Upload));
    let locations = stored.map(|line| line.id.parse::<Location>().map(|at| at.bucket));
    let mut buckets = locations.collect::<Result<Vec<_>>>()?;
    buckets.sort();
    buckets.dedup();
    Ok(buckets)
}
