//! The network for a terminal of 100 columns.

use console::style;

use super::damage::{Damage, Mark};
use super::live::{Live, Machine, Net, Way};

/// No line is longer.
const COLUMNS: usize = 100;

/// A tree, each line of it with a sign for what became of it; what is wrong is told below.
pub fn picture(live: &Live, damage: &Damage) -> String {
    let mut lines = Vec::new();
    let mut say = |mark: Option<Mark>, text: String| lines.push(line(mark, &text));
    let noted = |id: &str, text: String| match damage.note(id) {
        // What does not fit is told below in full.
        Some(note) if text.chars().count() + note.len() + 8 > COLUMNS => {
            format!("{text}  <- {}", damage.mark(id).map_or("", Mark::word))
        }
        Some(note) => format!("{text}  <- {note}"),
        None => text,
    };
    say(None, "internet".to_owned());
    if let Some(id) = &live.gateway {
        say(damage.mark(id), noted(id, format!("└─ internet gateway {id}")));
    }
    let vpc = format!("{} {} in {}", live.id, live.cidr, live.region);
    say(damage.mark(&live.id), noted(&live.id, vpc));
    for (place, net) in live.subnets.iter().enumerate() {
        let is_last = place + 1 == live.subnets.len();
        let (branch, below) = if is_last { ("└─", "  ") } else { ("├─", "│ ") };
        let title = format!("{branch} {} {} {} in {}", net.name, net.cidr, net.id, net.zone);
        say(damage.mark(&net.id), noted(&net.id, title));
        let is_wayless = damage.is_wayless(&net.id);
        let gone = if is_wayless { "  <- missing" } else { "" };
        say(is_wayless.then_some(Mark::Missing), format!("{below}    {}{gone}", way(net)));
        for one in &net.machines {
            let Machine { id, name, about, addresses } = one;
            let mark = damage.mark(id);
            say(
                mark,
                noted(id, format!("{below}    {name} {id} {addresses}").trim_end().to_owned()),
            );
            if !about.is_empty() {
                say(mark, format!("{below}      {about}"));
            }
        }
    }
    for group in &live.groups {
        say(damage.mark(&group.id), noted(&group.id, format!("{} {}", group.name, group.id)));
        for (mark, rule) in damage.rules(group) {
            let note = mark.map(|mark| format!("  <- {}", mark.word())).unwrap_or_default();
            say(mark, format!("    {rule}{note}"));
        }
    }
    for finding in damage.findings() {
        let mend = finding.mend.as_deref().unwrap_or("a person");
        let said = finding.to_string();
        // The tree has the ids of all that is drawn.
        let said = match said.rsplit_once(" (") {
            Some((short, _)) if said.chars().count() + mend.len() + 2 > COLUMNS => short,
            _ => &said,
        };
        lines.push(cut(&format!("{said}: {mend}")));
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

fn way(net: &Net) -> String {
    match &net.way {
        Some(Way::Out) => "0.0.0.0/0 to the internet gateway".to_owned(),
        Some(Way::Machine(id) | Way::Elsewhere(id)) => format!("0.0.0.0/0 to {id}"),
        None => "no default route".to_owned(),
    }
}

/// A sign first, for whoever sees no colours.
fn line(mark: Option<Mark>, text: &str) -> String {
    let sign = match mark {
        None => ' ',
        Some(Mark::Missing) => '-',
        Some(Mark::Changed) => '~',
        Some(Mark::Extra) => '+',
    };
    let text = cut(format!("{sign} {text}").trim_end());
    match mark {
        None => text,
        Some(Mark::Missing) => style(text).dim().to_string(),
        Some(Mark::Changed) => style(text).yellow().to_string(),
        Some(Mark::Extra) => style(text).red().to_string(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= COLUMNS {
        return text.to_owned();
    }
    text.chars().take(COLUMNS - 1).chain(['…']).collect()
}
