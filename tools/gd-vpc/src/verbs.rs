//! `up`, `status`, `verify` and `repair`: the reconciler on this graph.

use lib_common::reconcile::{self, Seals};
use lib_common::record::Network;
use lib_common::{Context, Outcome, Result, state};

use crate::classic;
use crate::network;
use crate::opened::{Opened, Options};

/// Builds the network, or goes on building it.
pub async fn up(context: &Context, options: &Options) -> Result<Outcome> {
    let opened = Opened::wished(context, options).await?;
    classic::warn(context, &opened.settings);
    if opened.seals.0.is_empty() {
        // Beside the look at what is there, so that building does not wait for it. A failure
        // is told by whoever needs the answer.
        let choice = opened.choice.clone();
        tokio::spawn(async move { choice.settle().await });
    }
    let seals = reconcile::up(context, &opened.graph, &opened.seals).await?;
    sealed(opened, seals).await
}

/// Mends the network.
pub async fn repair(context: &Context, options: &Options) -> Result<Outcome> {
    let opened = Opened::sealed(context, options).await?;
    match reconcile::repair(context, &opened.graph, &opened.seals).await? {
        Some(repaired) => {
            let code = repaired.exit().code();
            Ok(sealed(opened, Some(repaired.seals)).await?.with_code(code))
        }
        None => Ok(Outcome::printed()),
    }
}

async fn sealed(opened: Opened, seals: Option<Seals>) -> Result<Outcome> {
    let Some(seals) = seals else {
        return Ok(Outcome::printed());
    };
    let mut record = opened.record;
    let before: Option<Network> = record.get()?;
    if let Some(before) = before.filter(|_| opened.settings.own_key.is_some())
        && before.key_pair.generated
    {
        // Its key pair is gone: one of the caller's own is in its place.
        state::remove(&before.key_pair.file)?;
    }
    record.set(&network::member(&opened.site, &opened.settings, seals).await?);
    Ok(record.into())
}

/// Tells a line a part.
pub async fn status(context: &Context, options: &Options) -> Result<Outcome> {
    let opened = Opened::sealed(context, options).await?;
    reconcile::status(context, &opened.graph, &opened.seals).await
}

/// Tells a line a finding.
pub async fn verify(context: &Context, options: &Options) -> Result<Outcome> {
    let opened = Opened::sealed(context, options).await?;
    reconcile::verify(context, &opened.graph, &opened.seals).await
}
