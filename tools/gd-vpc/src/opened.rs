//! What every verb begins with: the settings, the account and the graph.

use std::sync::Arc;

use clap::Args;
use lib_common::reconcile::{Graph, Seals};
use lib_common::record::Network;
use lib_common::team::TeamOption;
use lib_common::{Context, Record, Result};

use crate::architecture::graph;
use crate::choice::Choice;
use crate::layout::KEY_PAIR;
use crate::settings::{Settings, Wishes};
use crate::site::Site;
use crate::strangers::Neighbours;

/// The options of the verbs that look after the network.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    pub team: TeamOption,
    #[command(flatten)]
    pub network: Wishes,
}

/// The network, ready to be looked after.
pub struct Opened {
    pub record: Record,
    pub site: Arc<Site>,
    pub choice: Arc<Choice>,
    pub settings: Settings,
    pub graph: Graph,
    pub seals: Seals,
}

impl Opened {
    /// What options and record ask for; makes no call.
    pub async fn wished(context: &Context, options: &Options) -> Result<Self> {
        let record = context.record_if_piped()?;
        let settings = Settings::new(&options.network, &record)?;
        Self::new(context, options, record, settings, to_build).await
    }

    /// What the record holds, or options ask for where it holds none; makes no call.
    pub async fn sealed(context: &Context, options: &Options) -> Result<Self> {
        let record = context.record_if_piped()?;
        let settings = Settings::sealed_or(&options.network, &record)?;
        Self::new(context, options, record, settings, Seals::clone).await
    }

    async fn new(
        context: &Context,
        options: &Options,
        mut record: Record,
        settings: Settings,
        by: fn(&Seals) -> Seals,
    ) -> Result<Self> {
        settings.check()?;
        let network: Option<Network> = record.get()?;
        let seals = network.map(|network| network.resources).unwrap_or_default();
        let team = options.team.of(&mut record)?;
        let config = context.aws(&mut record).await?;
        let site = Arc::new(Site::new(context, config, team));
        let choice = Arc::new(Choice::new(site.clone(), &settings));
        let neighbours = Arc::new(Neighbours::new(&site.team, record.get()?));
        let graph = graph(&site, &choice, &neighbours, &settings, &by(&seals));
        Ok(Self { record, site, choice, settings, graph, seals })
    }
}

/// The seals that a network is built by. A key pair that is gone is made anew, and not of the
/// sealed public key: `down` has removed the private one.
fn to_build(seals: &Seals) -> Seals {
    Seals(seals.0.iter().filter(|seal| seal.name != KEY_PAIR).cloned().collect())
}
