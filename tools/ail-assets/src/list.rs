//! `ail-assets list`.

use clap::Args;
use lib_common::lines::List;
use lib_common::{Context, Outcome, Result};

use crate::account::{Account, Places};
use crate::find;
use crate::scope::{OfRun, Scope};
use crate::search::{Search, Whose};

/// Which assets to list.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    run: OfRun,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let asset_id = context.asset_id(&record)?;
    let places = Places::new(options.scope.bucket.as_deref(), &record)?;
    let account = Account::open(context, &mut record, places).await?;
    let search = Search {
        whose: Whose::Of(asset_id),
        kinds: options.scope.kinds(),
        run: options.run.0,
        runs_of_objects: true,
    };
    let found = find::all(&account, &search).await?;
    let mut list = List::new(context.format());
    for asset in &found.assets {
        list.push(asset.clone())?;
    }
    list.finish()?;
    found.is_complete()?;
    context.progress().say(&found.summary(&account.region));
    Ok(Outcome::printed())
}
