//! `gd-vpc draw`: the network as it is now, as a picture.

mod dot;
mod live;
mod mermaid;
mod svg;

use std::sync::Arc;

use clap::{Args, ValueEnum};
use lib_common::record::Network;
use lib_common::team::TeamOption;
use lib_common::{Context, Outcome, Result, lines};

use crate::site::Site;

/// How to draw it.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    team: TeamOption,

    /// Format of the picture
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    format: Format,
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For Markdown
    Mermaid,
    /// For Graphviz
    Dot,
    /// For a browser
    Svg,
}

/// Prints the picture.
pub async fn run(context: &Context, options: &Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let network: Option<Network> = record.get()?;
    let team = options.team.of(&mut record)?;
    let config = context.aws(&mut record).await?;
    let site = Arc::new(Site::new(context, config, team));
    let live = live::read(&site, network.as_ref().map(|network| network.vpc.as_str())).await?;
    lines::print(&match options.format {
        Format::Mermaid => mermaid::picture(&live),
        Format::Dot => dot::picture(&live),
        Format::Svg => svg::picture(&live),
    })?;
    Ok(Outcome::printed())
}
