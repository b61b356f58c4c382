//! `gd-vpc down`: the network and everything of it goes, and nothing of others.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use lib_common::reconcile::{self, Known, Seals, survey};
use lib_common::record::{NatKind, Network};
use lib_common::team::TeamOption;
use lib_common::{Context, Error, Exit, Outcome, Result, state};
use serde_json::Value;

use crate::architecture::everything;
use crate::layout::VPC;
use crate::resource::key_pair;
use crate::site::Site;
use crate::strangers;

/// Whose network goes.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    team: TeamOption,
}

/// Deletes the network.
pub async fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let network: Option<Network> = record.get()?;
    let team = options.team.of(&mut record)?;
    let config = context.aws(&mut record).await?;
    let site = Arc::new(Site::new(context, config, team));
    let own_key = network.as_ref().is_some_and(|network| !network.key_pair.generated);
    let nat = network.as_ref().map(|network| network.settings.nat);
    let seals = network.as_ref().map(|network| network.resources.clone()).unwrap_or_default();
    let graph = everything(&site, own_key, nat.unwrap_or(NatKind::Instance));
    let seen = survey(&graph, &seals).await;
    let known = seen.known(&graph);
    refuse_strangers(&site, &known, &seen.ids()).await?;
    let file = key_file(&site, &known, network.as_ref(), &seals)?;
    let outcome = reconcile::down(context, &graph, &seals).await?;
    if let Some(file) = file.filter(|_| !context.options().dry_run) {
        state::remove(&file)?;
    }
    Ok(outcome)
}

/// Whatever else is in the VPC holds it, and is not ours to delete.
async fn refuse_strangers(site: &Site, known: &Known, ours: &BTreeSet<String>) -> Result<()> {
    let Some(vpc) = known.get(VPC) else {
        return Ok(());
    };
    let others = strangers::everything(site, &vpc.id, known, ours).await?;
    if others.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        Exit::Exists,
        site.cannot(&format!("delete {}: something else is in it", vpc.id)),
    );
    let error = others.iter().fold(error, |error, other| {
        let text = |fact: &str| other.facts.get(fact).and_then(Value::as_str).unwrap_or_default();
        error.because(format!("{} {} {}", text("kind"), other.id, text("name")).trim_end())
    });
    Err(error.next("take that down first, such as by `gd-fleet down`; nothing was deleted"))
}

/// The file of the private key that goes with its key pair.
fn key_file(
    site: &Site,
    known: &Known,
    network: Option<&Network>,
    seals: &Seals,
) -> Result<Option<PathBuf>> {
    if let Some(network) = network {
        let key = &network.key_pair;
        return Ok(key.generated.then(|| key.file.clone()));
    }
    let sealed = || seals.get(VPC)?.facts.get("account")?.as_str().map(str::to_owned);
    match known.text(VPC, "account").or_else(sealed) {
        Some(account) => key_pair::file_of(site, &account).map(Some),
        None => Ok(None),
    }
}
