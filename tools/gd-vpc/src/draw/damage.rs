//! What the network has suffered, as a picture shows it.

use std::collections::BTreeSet;

use lib_common::reconcile::{Finding, Kind, Seals};
use serde_json::Value;

use super::live::{Group, Live, Machine, Net, Way};
use crate::layout::{NAT_GATEWAY, NAT_INSTANCE, VPC};

/// How something is drawn that is not as it was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Where it was, dashed.
    Missing,
    /// In amber.
    Changed,
    /// In red.
    Extra,
}

impl Mark {
    /// Its word, which is the name of its class as well.
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Extra => "extra",
        }
    }
}

/// Everything that is not as it was built, or nothing where nobody knows how it was built.
#[derive(Default)]
pub struct Damage {
    findings: Vec<Finding>,
    /// The subnets whose default route is gone.
    wayless: BTreeSet<String>,
    /// The internet gateway that is not at the VPC any more.
    off: Option<String>,
}

/// What has a box or a heading of its own.
const DRAWN: [&str; 6] =
    ["vpc", "subnet", "instance", "nat gateway", "internet gateway", "security group"];

impl Damage {
    /// What these findings say.
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { findings, ..Self::default() }
    }

    /// The findings, the worst first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn of(&self, id: &str) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.id.as_deref() == Some(id))
    }

    /// How the thing of this id is drawn.
    pub fn mark(&self, id: &str) -> Option<Mark> {
        if self.off.as_deref() == Some(id) {
            return Some(Mark::Missing);
        }
        let of = |finding: &Finding| match (finding.finding, is_itself(finding)) {
            (Kind::Missing, true) => Some(Mark::Missing),
            (Kind::Extra, true) => Some(Mark::Extra),
            (Kind::Unreadable, _) => None,
            _ => Some(Mark::Changed),
        };
        let mut marks = self.of(id).filter_map(of);
        let first = marks.next()?;
        Some(marks.fold(first, |one, other| if one == Mark::Changed { other } else { one }))
    }

    /// The same in words, with what of it is changed: nobody shall need the colour.
    pub fn note(&self, id: &str) -> Option<String> {
        let mark = self.mark(id)?;
        let mut what: Vec<_> = self
            .of(id)
            .filter(|finding| !is_itself(finding))
            .map(|finding| finding.attribute.as_deref().unwrap_or(&finding.resource))
            .collect();
        what.dedup();
        Some(match (mark, what.is_empty()) {
            (Mark::Changed, false) => format!("changed: {}", what.join(", ")),
            _ => mark.word().to_owned(),
        })
    }

    /// Whether the default route of the subnet is gone.
    pub fn is_wayless(&self, subnet: &str) -> bool {
        self.wayless.contains(subnet)
    }

    /// The rules of the group, with those that are gone.
    pub fn rules(&self, group: &Group) -> Vec<(Option<Mark>, String)> {
        let mut all: Vec<_> = group.rules.iter().map(|rule| (None, rule.clone())).collect();
        for finding in self.of(&group.id) {
            let way = match finding.attribute.as_deref() {
                Some("ingress") => "in",
                Some("egress") => "out",
                _ => continue,
            };
            for rule in texts(&finding.found) {
                let text = format!("{way} {rule}");
                for one in all.iter_mut().filter(|one| one.1 == text) {
                    one.0 = Some(Mark::Extra);
                }
            }
            let gone = texts(&finding.expected).map(|rule| format!("{way} {rule}"));
            all.extend(gone.map(|text| (Some(Mark::Missing), text)));
        }
        all
    }

    /// Puts what is missing where it was.
    pub fn put_back(&mut self, live: &mut Live, seals: &Seals) {
        let gone = |kind: &str| -> Vec<Finding> {
            let gone = |one: &&Finding| one.finding == Kind::Missing && is_itself(one);
            let of_kind = |one: &&Finding| one.kind == kind;
            self.findings.iter().filter(gone).filter(of_kind).cloned().collect()
        };
        let text = |name: &str, fact: &str| {
            let fact = seals.get(name).and_then(|sealed| sealed.facts.get(fact));
            fact.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        for finding in gone("subnet") {
            let name = finding.resource;
            live.subnets.push(Net {
                id: finding.id.unwrap_or_default(),
                cidr: text(&name, "cidr"),
                zone: text(&name, "zone"),
                name,
                way: None,
                machines: Vec::new(),
            });
        }
        live.subnets.sort_by(|a, b| (&a.zone, &a.cidr).cmp(&(&b.zone, &b.cidr)));
        for finding in gone("instance").into_iter().chain(gone("nat gateway")) {
            let name = finding.resource;
            let subnet = text(&name, "subnet");
            let machine = Machine {
                id: finding.id.unwrap_or_default(),
                name,
                about: String::new(),
                addresses: String::new(),
            };
            if let Some(net) = live.subnets.iter_mut().find(|net| net.id == subnet) {
                net.machines.push(machine);
            }
        }
        if live.gateway.is_none()
            && let Some(one) = self.findings.iter().find(|one| one.kind == "internet gateway")
        {
            self.off.clone_from(&one.id);
            live.gateway.clone_from(&one.id);
        }
        let routes = self.findings.iter().filter(|one| one.finding == Kind::Missing);
        let routes: Vec<_> = routes.map(|one| one.resource.clone()).collect();
        for net in live.subnets.iter_mut().filter(|net| net.way.is_none()) {
            let name = seals.0.iter().find(|sealed| sealed.id == net.id);
            let is_public = name.is_some_and(|sealed| sealed.name.starts_with("public-"));
            let (route, way) = match is_public {
                true => ("public-default-route", Some(Way::Out)),
                false => {
                    let nat = seals.get(NAT_INSTANCE).or(seals.get(NAT_GATEWAY));
                    ("private-default-route", nat.map(|nat| Way::Machine(nat.id.clone())))
                }
            };
            let is_gone = name.is_some() && routes.iter().any(|one| one == route);
            if let Some(way) = way.filter(|_| is_gone) {
                net.way = Some(way);
                self.wayless.insert(net.id.clone());
            }
        }
    }

    /// The VPC as it was sealed, with nothing in it yet.
    pub fn empty(seals: &Seals, region: &str) -> Option<Live> {
        let vpc = seals.get(VPC)?;
        let cidr = vpc.facts.get("cidr").and_then(Value::as_str).unwrap_or_default();
        Some(Live {
            id: vpc.id.clone(),
            cidr: cidr.to_owned(),
            region: region.to_owned(),
            gateway: None,
            subnets: Vec::new(),
            groups: Vec::new(),
        })
    }
}

/// Whether it is about a thing that is drawn, and not about something of it.
fn is_itself(finding: &Finding) -> bool {
    finding.attribute.is_none() && DRAWN.contains(&finding.kind.as_str())
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
