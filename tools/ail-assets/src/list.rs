//! `ail-assets list`.

use clap::Args;
use lib_common::asset::Asset;
use lib_common::lines::List;
use lib_common::{Context, Outcome, Result};

use crate::account::{Account, Places};
use crate::cost::Estimator;
use crate::costed;
use crate::find;
use crate::prices::Prices;
use crate::scope::{OfRun, Scope};
use crate::search::{Search, Whose};

/// Which assets to list.
#[derive(Args)]
pub struct Options {
    /// Estimate what each costs a month while it lies there, and all of it
    #[arg(long)]
    cost: bool,

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
    let estimator = Estimator::new(Prices::known(), &account.region);
    let sum = match options.cost {
        true => Some(costed::print(&found, &estimator, context.format())?),
        false => {
            print(&found.assets, context)?;
            None
        }
    };
    found.is_complete()?;
    context.progress().say(&found.summary(&account.region));
    if let Some(sum) = sum.filter(|_| !found.assets.is_empty()) {
        costed::tell(&sum, &estimator, context.progress());
    }
    Ok(Outcome::printed())
}

fn print(assets: &[Asset], context: &Context) -> Result<()> {
    let mut list = List::new(context.format());
    for asset in assets {
        list.push(asset.clone())?;
    }
    list.finish()
}
