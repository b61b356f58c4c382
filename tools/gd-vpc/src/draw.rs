//! `gd-vpc draw`: the network as it is now, as a picture.

mod damage;
mod dot;
mod live;
mod mermaid;
mod svg;
mod text;

use std::io::IsTerminal;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use lib_common::reconcile::{self, Finding};
use lib_common::record::{Fleet, Network};
use lib_common::team::TeamOption;
use lib_common::{Context, Error, Outcome, Result, lines};

use crate::architecture::graph;
use crate::choice::Choice;
use crate::settings::Settings;
use crate::site::Site;
use crate::strangers::Neighbours;
use damage::Damage;

/// How to draw it.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    team: TeamOption,

    /// Format of the picture [default: text on a terminal, mermaid elsewhere]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// For a browser; with what is damaged, where a record is given
    Svg,
    /// For a terminal; with what is damaged, where a record is given
    Text,
}

/// Prints the picture.
pub async fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let network: Option<Network> = record.get()?;
    let team = options.team.of(&mut record)?;
    let config = context.aws(&mut record).await?;
    let site = Arc::new(Site::new(context, config, team));
    let usual = match std::io::stdout().is_terminal() {
        true => Format::Text,
        false => Format::Mermaid,
    };
    let format = options.format.unwrap_or(usual);
    let shows_damage = matches!(format, Format::Svg | Format::Text);
    let vpc = network.as_ref().map(|network| network.vpc.as_str());
    let mut live = live::read(&site, vpc).await;
    let mut damage = Damage::default();
    if let Some(network) = network.as_ref().filter(|_| shows_damage) {
        damage = Damage::new(findings(&site, network, record.get()?).await?);
        let empty = || Damage::empty(&network.resources, &site.region);
        if let Some(empty) = empty().filter(|_| live.as_ref().is_err_and(Error::is_not_found)) {
            live = Ok(empty);
        }
        if let Ok(live) = &mut live {
            damage.put_back(live, &network.resources);
        }
    }
    let live = live?;
    lines::print(&match format {
        Format::Mermaid => mermaid::picture(&live),
        Format::Dot => dot::picture(&live),
        Format::Svg => svg::picture(&live, &damage),
        Format::Text => text::picture(&live, &damage),
    })?;
    Ok(Outcome::printed())
}

/// What of the network is not as the record has it.
async fn findings(
    site: &Arc<Site>,
    network: &Network,
    fleet: Option<Fleet>,
) -> Result<Vec<Finding>> {
    let settings = Settings::of(network);
    let choice = Arc::new(Choice::new(site.clone(), &settings));
    let neighbours = Arc::new(Neighbours::new(&site.team, fleet));
    let graph = graph(site, &choice, &neighbours, &settings, &network.resources);
    Ok(reconcile::findings(&graph, &network.resources).await)
}
