//! The network for Graphviz.

use std::fmt::Write;

use super::live::{Live, Way};

/// A directed graph with a cluster a subnet.
pub fn picture(live: &Live) -> String {
    let mut text = String::new();
    draw(live, &mut text).expect("a string takes it");
    text
}

fn draw(live: &Live, out: &mut String) -> std::fmt::Result {
    writeln!(out, "digraph network {{")?;
    writeln!(out, "  compound=true; fontname=Helvetica;")?;
    writeln!(out, "  node [shape=box, style=rounded, fontname=Helvetica, fontsize=10];")?;
    writeln!(out, "  edge [fontname=Helvetica, fontsize=9];")?;
    writeln!(out, "  internet [shape=ellipse];")?;
    writeln!(out, "  subgraph cluster_vpc {{")?;
    writeln!(out, "    label={};", quoted(&[&live.id, &live.cidr]))?;
    if let Some(gateway) = &live.gateway {
        writeln!(out, "    {} [shape=hexagon];", quoted(&[gateway]))?;
    }
    for (number, net) in live.subnets.iter().enumerate() {
        writeln!(out, "    subgraph cluster_{number} {{")?;
        writeln!(out, "      label={};", quoted(&[&net.name, &net.cidr, &net.zone]))?;
        // An edge of a cluster begins at a node in it.
        writeln!(out, "      {} [style=invis, shape=point];", quoted(&[&net.id]))?;
        for one in &net.machines {
            let label = quoted(&[&one.name, &one.about, &one.addresses]);
            writeln!(out, "      {} [label={label}];", quoted(&[&one.id]))?;
        }
        writeln!(out, "    }}")?;
    }
    writeln!(out, "  }}")?;
    if let Some(gateway) = &live.gateway {
        writeln!(out, "  internet -> {} [dir=both];", quoted(&[gateway]))?;
    }
    for (number, net) in live.subnets.iter().enumerate() {
        let to = match (&net.way, &live.gateway) {
            (Some(Way::Out), Some(gateway)) => gateway,
            (Some(Way::Machine(id)), _) => id,
            _ => continue,
        };
        let (from, to) = (quoted(&[&net.id]), quoted(&[to]));
        writeln!(out, "  {from} -> {to} [ltail=cluster_{number}, label=\"0.0.0.0/0\"];")?;
    }
    writeln!(out, "}}")
}

fn quoted(lines: &[&str]) -> String {
    let escape = |line: &&str| line.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", lines.iter().map(escape).collect::<Vec<_>>().join("\\n"))
}
