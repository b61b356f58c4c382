//! Finding assets: a module a kind, all asked at once.

mod export_tasks;
mod images;
mod instances;
mod key_files;
mod key_pairs;
mod objects;
mod security_groups;
mod snapshots;
mod stacks;
mod uploads;
mod volumes;

pub use export_tasks::Task;

use futures::StreamExt;
use lib_common::asset::{Asset, Kind};
use lib_common::{Error, Exit, Result};

use crate::account::Account;
use crate::search::Search;

/// EC2 allows 1000 for most, 500 for all of its Describe calls that are used here (Amazon
/// EC2 API Reference, MaxResults).
const PAGE: i32 = 500;

/// What was found, and what could not be read.
#[derive(Debug, Default)]
pub struct Found {
    /// What was found, in the order of the kinds.
    pub assets: Vec<Asset>,
    /// The kinds that could not be read, and why.
    pub unread: Vec<(Kind, Error)>,
}

impl Found {
    /// Whether everything could be read; if not, an error that says what is missing.
    pub fn is_complete(&self) -> Result<()> {
        if self.unread.is_empty() {
            return Ok(());
        }
        let kinds: Vec<_> = self.unread.iter().map(|(kind, _)| kind.name()).collect();
        let what = format!("these types could not be read: {}", kinds.join(", "));
        let reasons = self.unread.iter().map(|(_, error)| error);
        Err(reasons.fold(Error::new(Exit::Partial, what), Error::because))
    }

    /// What was found in a sentence: `5 assets in eu-central-1, 3 of them cost money`.
    pub fn summary(&self, region: &str) -> String {
        let costly = self.assets.iter().filter(|asset| asset.costs).count();
        let count = match self.assets.len() {
            0 => return format!("no assets in {region}"),
            1 => "1 asset".to_owned(),
            n => format!("{n} assets"),
        };
        let (them, cost) = (if costly == 0 { "none" } else { &costly.to_string() }, costly == 1);
        format!("{count} in {region}, {them} of them cost{} money", if cost { "s" } else { "" })
    }
}

/// Looks for everything that `search` wants. Fails where nothing at all could be read.
pub async fn all(account: &Account, search: &Search) -> Result<Found> {
    let kinds = search.kinds.clone();
    let answers = futures::stream::iter(kinds)
        .map(|kind| async move { (kind, of_kind(account, search, kind).await) })
        // In the order of the kinds, and all at once: there are eleven.
        .buffered(Kind::ALL.len());
    let mut found = Found::default();
    for (kind, answer) in answers.collect::<Vec<_>>().await {
        match answer {
            Ok(mut assets) => {
                assets.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
                found.assets.append(&mut assets);
            }
            Err(error) => found.unread.push((kind, error)),
        }
    }
    // The key files are this machine's own: that they can be read says nothing.
    let asked = search.kinds.iter().filter(|kind| **kind != Kind::KeyFile).count();
    match asked > 0 && found.unread.len() == asked && found.assets.is_empty() {
        true => Err(found.unread.swap_remove(0).1),
        false => Ok(found),
    }
}

async fn of_kind(account: &Account, search: &Search, kind: Kind) -> Result<Vec<Asset>> {
    match kind {
        Kind::Stack => stacks::find(account, search).await,
        Kind::Instance => instances::find(account, search).await,
        Kind::Volume => volumes::find(account, search).await,
        Kind::SecurityGroup => security_groups::find(account, search).await,
        Kind::KeyPair => key_pairs::find(account, search).await,
        Kind::KeyFile => key_files::find(search),
        Kind::Image => images::find(account, search).await,
        Kind::Snapshot => snapshots::find(account, search).await,
        Kind::ExportTask => export_tasks::find(account, search).await,
        Kind::Object => objects::find(account, search).await,
        Kind::Upload => uploads::find(account, search).await,
    }
}
