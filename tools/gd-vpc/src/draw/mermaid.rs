//! The network for Markdown.

use std::fmt::Write;

use super::live::{Live, Way};

/// A flowchart.
pub fn picture(live: &Live) -> String {
    let mut text = String::from("flowchart TB\n");
    draw(live, &mut text).expect("a string takes it");
    text
}

fn draw(live: &Live, out: &mut String) -> std::fmt::Result {
    writeln!(out, "  internet((\"internet\"))")?;
    writeln!(out, "  subgraph {}[\"{} {}\"]", live.id, live.id, live.cidr)?;
    if let Some(gateway) = &live.gateway {
        writeln!(out, "    {gateway}{{{{\"{gateway}\"}}}}")?;
    }
    for net in &live.subnets {
        let title = quoted(&[&net.name, &net.cidr, &net.zone]);
        writeln!(out, "    subgraph {}[\"{title}\"]", net.id)?;
        if net.machines.is_empty() {
            writeln!(out, "      {}-empty[\" \"]", net.id)?;
        }
        for one in &net.machines {
            let label = quoted(&[&one.name, &one.about, &one.addresses]);
            writeln!(out, "      {}[\"{label}\"]", one.id)?;
        }
        writeln!(out, "    end")?;
    }
    writeln!(out, "  end")?;
    if let Some(gateway) = &live.gateway {
        writeln!(out, "  {gateway} <--> internet")?;
    }
    for net in &live.subnets {
        let to = match (&net.way, &live.gateway) {
            (Some(Way::Out), Some(gateway)) => gateway,
            (Some(Way::Machine(id)), _) => id,
            _ => continue,
        };
        writeln!(out, "  {} -->|0.0.0.0/0| {to}", net.id)?;
    }
    Ok(())
}

fn quoted(lines: &[&str]) -> String {
    let escape = |line: &&str| line.replace('"', "#quot;");
    lines.iter().map(escape).collect::<Vec<_>>().join("<br>")
}
