//! The network as SVG: a column a zone, its subnets below each other, the groups beside.

use std::collections::BTreeMap;
use std::fmt::Write;

use lib_common::reconcile::Kind;

use super::damage::{Damage, Mark};
use super::live::{Live, Machine, Net, Way};

/// Measures in pixels.
const COLUMN: i32 = 400;
const GAP: i32 = 40;
const HEAD: i32 = 84;
const MACHINE: i32 = 66;
const TOP: i32 = 170;
const LEFT: i32 = 50;
const PANEL: i32 = 460;
const LINE: i32 = 18;
/// A letter of the findings, bold ones being the widest.
const LETTER: i32 = 8;

const STYLE: &str = "text{font:12px Helvetica,Arial,sans-serif;fill:#1f2933}\
    .title{font-weight:bold;font-size:13px}.small{font-size:11px;fill:#52606d}\
    .vpc{fill:#fbfcfd;stroke:#52606d;stroke-width:1.5}\
    .public{fill:#e9f7ef;stroke:#2f9e62}.private{fill:#e8f1fb;stroke:#3273b8}\
    .machine{fill:#fff;stroke:#52606d}.way{fill:none;stroke:#52606d;stroke-width:1.5}\
    .gateway{fill:#fff4dc;stroke:#c98a10}\
    .missing{fill:none;stroke:#7b8794;stroke-dasharray:7 5}\
    .changed{stroke:#d97706;stroke-width:3}.extra{fill:#fdecea;stroke:#d92d20;stroke-width:3}\
    .note-missing{fill:#52606d;font-style:italic}.note-changed{fill:#b45309;font-weight:bold}\
    .note-extra{fill:#b42318;font-weight:bold}";

/// Where a box is.
#[derive(Clone, Copy)]
struct Place {
    x: i32,
    y: i32,
    width: i32,
    height: i32,
}

impl Place {
    fn rect(self, class: &str) -> String {
        let Self { x, y, width, height } = self;
        format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n"
        )
    }

    fn middle(self) -> i32 {
        self.x + self.width / 2
    }
}

/// The whole picture.
pub fn picture(live: &Live, damage: &Damage) -> String {
    let mut columns: BTreeMap<&str, Vec<&Net>> = BTreeMap::new();
    for net in &live.subnets {
        columns.entry(&net.zone).or_default().push(net);
    }
    // A row is as high as its highest subnet.
    let rows = columns.values().map(Vec::len).max().unwrap_or(0);
    let height_of = |row: usize| {
        let in_row = columns.values().filter_map(|column| column.get(row));
        in_row.map(|net| height(net)).max().unwrap_or(0)
    };
    let mut y = TOP + 60;
    let mut tops = Vec::new();
    for row in 0..rows {
        tops.push(y);
        y += height_of(row) + GAP + 10;
    }
    let number = i32::try_from(columns.len().max(1)).unwrap_or(1);
    let vpc = Place {
        x: LEFT,
        y: TOP,
        width: number * COLUMN + (number + 1) * GAP,
        height: (y - TOP).max(120),
    };
    let panel = vpc.x + vpc.width + GAP;
    let rules = |group| damage.rules(group).len() + 2;
    let lines: usize = live.groups.iter().map(rules).sum();
    let lines = lines + damage.findings().len() + 1;
    let panel_height = TOP + LINE * i32::try_from(lines).unwrap_or(0) + 20;
    let longest = damage.findings().iter().map(|finding| finding.to_string().len()).max();
    let panel_width = LETTER * i32::try_from(longest.unwrap_or(0)).unwrap_or(0) + GAP;
    let width = panel + panel_width.max(PANEL);
    let height = (vpc.y + vpc.height + 40).max(panel_height);

    let mut body = vpc.rect(&class("vpc", damage.mark(&live.id)));
    body += &note(vpc, damage, &live.id);
    body +=
        &text(vpc.x + 14, vpc.y + vpc.height - 28, "title", &format!("{} {}", live.id, live.cidr));
    body += &text(vpc.x + 14, vpc.y + vpc.height - 11, "small", &live.region);
    let mut places: BTreeMap<&str, Place> = BTreeMap::new();
    let mut boxes = Vec::new();
    for (column, nets) in columns.values().enumerate() {
        let x = vpc.x + GAP + i32::try_from(column).unwrap_or(0) * (COLUMN + GAP);
        for (row, net) in nets.iter().enumerate() {
            let place = Place { x, y: tops[row], width: COLUMN, height: height_of(row) };
            body += &subnet(net, place, damage, &mut places);
            boxes.push((*net, place));
        }
    }
    let gateway = Place { x: vpc.middle() - 105, y: TOP - 20, width: 210, height: 40 };
    body += &internet(live, gateway, damage);
    for (net, place) in boxes {
        body += &way(net, place, gateway, live, &places, damage);
    }
    body += &groups(live, panel, damage);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<style>{STYLE}</style>\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\" \
         fill=\"#52606d\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
    )
}

fn height(net: &Net) -> i32 {
    let machines = i32::try_from(net.machines.len().max(1)).unwrap_or(1);
    HEAD + machines * (MACHINE + 10) + 6
}

fn text(x: i32, y: i32, class: &str, said: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>\n", escaped(said))
}

fn class(kind: &str, mark: Option<Mark>) -> String {
    mark.map_or_else(|| kind.to_owned(), |mark| format!("{kind} {}", mark.word()))
}

/// In words at its upper right corner, what became of the thing of this id.
fn note(place: Place, damage: &Damage, id: &str) -> String {
    let (Some(mark), Some(note)) = (damage.mark(id), damage.note(id)) else {
        return String::new();
    };
    let (x, y, word) = (place.x + place.width - 10, place.y + 17, mark.word());
    let note = escaped(&note);
    format!("<text class=\"note-{word}\" text-anchor=\"end\" x=\"{x}\" y=\"{y}\">{note}</text>\n")
}

fn subnet<'a>(
    net: &'a Net,
    place: Place,
    damage: &Damage,
    places: &mut BTreeMap<&'a str, Place>,
) -> String {
    let kind = if matches!(net.way, Some(Way::Out)) { "public" } else { "private" };
    let mut out = place.rect(&class(kind, damage.mark(&net.id))) + &note(place, damage, &net.id);
    let x = place.x + 14;
    out += &text(x, place.y + 24, "title", &format!("{} {}", net.name, net.cidr));
    out += &text(x, place.y + 42, "small", &format!("{} in {}", net.id, net.zone));
    let route = match &net.way {
        Some(_) if damage.is_wayless(&net.id) => "missing: 0.0.0.0/0, no default route".to_owned(),
        Some(Way::Out) => "0.0.0.0/0 to the internet gateway".to_owned(),
        Some(Way::Machine(id) | Way::Elsewhere(id)) => format!("0.0.0.0/0 to {id}"),
        None => "no default route".to_owned(),
    };
    out += &text(x, place.y + 60, "small", &route);
    let mut y = place.y + HEAD - 8;
    for one in &net.machines {
        let place = Place { x, y, width: place.width - 28, height: MACHINE };
        out += &machine(one, place, damage);
        places.insert(&one.id, place);
        y += MACHINE + 10;
    }
    out
}

fn machine(one: &Machine, place: Place, damage: &Damage) -> String {
    let x = place.x + 10;
    place.rect(&class("machine", damage.mark(&one.id)))
        + &note(place, damage, &one.id)
        + &text(x, place.y + 20, "title", &one.name)
        + &text(x, place.y + 38, "small", &format!("{} {}", one.id, one.addresses))
        + &text(x, place.y + 55, "small", &one.about)
}

fn internet(live: &Live, gateway: Place, damage: &Damage) -> String {
    let x = gateway.middle();
    let mut out = format!(
        "<ellipse class=\"vpc\" cx=\"{x}\" cy=\"55\" rx=\"90\" ry=\"30\"/>\n\
         <text class=\"title\" text-anchor=\"middle\" x=\"{x}\" y=\"60\">internet</text>\n"
    );
    if let Some(id) = &live.gateway {
        out += &gateway.rect(&class("gateway", damage.mark(id)));
        out += &note(gateway, damage, id);
        let y = gateway.y + 32;
        writeln!(out, "<text text-anchor=\"middle\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(id))
            .expect("a string takes it");
        let end = gateway.y - 2;
        writeln!(
            out,
            "<path class=\"{}\" marker-start=\"url(#tip)\" marker-end=\"url(#tip)\" \
             d=\"M{x} 87V{end}\"/>",
            class("way", damage.mark(id))
        )
        .expect("a string takes it");
    }
    out
}

/// The default route as an arrow, along the right side of the subnets where it leads up.
fn way(
    net: &Net,
    from: Place,
    gateway: Place,
    live: &Live,
    places: &BTreeMap<&str, Place>,
    damage: &Damage,
) -> String {
    let path = match &net.way {
        Some(Way::Out) if live.gateway.is_some() => {
            let (x, to) = (from.x + from.width - 40, gateway.y + gateway.height);
            let middle = gateway.middle();
            let end = to + 2;
            format!("M{x} {}V{}H{middle}V{end}", from.y, to + 16)
        }
        Some(Way::Machine(id)) => {
            let Some(to) = places.get(id.as_str()) else { return String::new() };
            let (x, y) = (from.middle(), to.y + to.height / 2);
            let right = to.x + to.width + GAP / 2 + 14;
            format!("M{x} {}V{}H{right}V{y}H{}", from.y, from.y - 22, to.x + to.width + 2)
        }
        _ => return String::new(),
    };
    let class = class("way", damage.is_wayless(&net.id).then_some(Mark::Missing));
    format!("<path class=\"{class}\" marker-end=\"url(#tip)\" d=\"{path}\"/>\n")
}

fn groups(live: &Live, x: i32, damage: &Damage) -> String {
    let mut out = String::new();
    let mut y = TOP;
    for group in &live.groups {
        let title = match damage.note(&group.id) {
            Some(note) => format!("{} ({note})", group.name),
            None => group.name.clone(),
        };
        out += &text(x, y, &noted("title", damage.mark(&group.id)), &title);
        y += LINE;
        for (mark, rule) in damage.rules(group) {
            let rule = mark.map_or_else(|| rule.clone(), |mark| format!("{}: {rule}", mark.word()));
            out += &text(x + 12, y, &noted("small", mark), &rule);
            y += LINE;
        }
        y += LINE;
    }
    for finding in damage.findings() {
        let mark = match finding.finding {
            Kind::Missing => Some(Mark::Missing),
            Kind::Extra => Some(Mark::Extra),
            Kind::Changed | Kind::Unreadable => Some(Mark::Changed),
        };
        out += &text(x, y, &noted("small", mark), &finding.to_string());
        y += LINE;
    }
    out
}

fn noted(kind: &str, mark: Option<Mark>) -> String {
    mark.map_or_else(|| kind.to_owned(), |mark| format!("{kind} note-{}", mark.word()))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
