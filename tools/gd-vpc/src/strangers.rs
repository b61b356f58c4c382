//! What is in the VPC and nobody planned.

mod doors;
mod neighbours;
mod parts;
mod removal;
mod service;

pub use neighbours::Neighbours;
pub use removal::{call, remove, severity};
pub use service::is_kept as may_stay;

use std::collections::BTreeSet;

use aws_sdk_ec2::types::Tag;
use futures::future::{BoxFuture, join_all};
use lib_common::Result;
use lib_common::reconcile::{Found, Known, Strangers};
use serde_json::Value;

use crate::layout;
use crate::site::{Site, facts, tag};

/// Something in a VPC.
struct Thing {
    kind: &'static str,
    id: String,
    tags: Vec<Tag>,
    /// What else a person wants to know of it.
    about: Value,
}

impl Thing {
    fn new(kind: &'static str, id: Option<&str>, tags: &[Tag], about: Value) -> Self {
        Self { kind, id: id.unwrap_or_default().to_owned(), tags: tags.to_vec(), about }
    }

    fn is_main_table(&self) -> bool {
        self.about.get("main") == Some(&Value::Bool(true))
    }
}

/// What is to be looked for, and the look for it.
type List<'a> = (&'static str, BoxFuture<'a, Result<Vec<Thing>>>);

/// Everything in the VPC that neither this network nor its neighbours are, a list a kind.
pub async fn within(site: &Site, vpc: &str, known: &Known, neighbours: &Neighbours) -> Strangers {
    let lists = all(site, vpc, known).await.into_iter();
    lists
        .map(|(kind, list)| {
            let foreign = list.map(|things| neighbours.strangers(things));
            Strangers::listed(kind, foreign.map(|all| all.into_iter().map(found).collect()))
        })
        .collect()
}

/// Everything in the VPC that is no part of this network and none of these.
pub async fn everything(
    site: &Site,
    vpc: &str,
    known: &Known,
    but: &BTreeSet<String>,
) -> Result<Vec<Found>> {
    let lists = all(site, vpc, known).await.into_iter().map(|(_, list)| list);
    let all = lists.collect::<Result<Vec<_>>>()?.into_iter().flatten();
    Ok(all.filter(|thing| !but.contains(&thing.id)).map(found).collect())
}

async fn all(site: &Site, vpc: &str, known: &Known) -> Vec<(&'static str, Result<Vec<Thing>>)> {
    let ours = planned(known);
    let lists = parts::lists(site, vpc, &ours).into_iter().chain(doors::lists(site, vpc));
    let is_other = |thing: &Thing| {
        !ours.contains(&thing.id)
            // Where it was not found, it is the one that goes with the VPC.
            && (!thing.is_main_table() || known.has(layout::MAIN_TABLE))
    };
    let looks = lists.map(|(kind, look)| async move {
        let others = look.await.map(|things| things.into_iter().filter(is_other).collect());
        (kind, others)
    });
    join_all(looks).await
}

fn found(thing: Thing) -> Found {
    let mut it = facts(thing.about);
    it.insert("kind".to_owned(), Value::from(thing.kind));
    if let Some(name) = tag(&thing.tags, "Name") {
        it.insert("name".to_owned(), Value::from(name));
    }
    Found { id: thing.id, facts: it }
}

/// The ids of what is a part of this network, whatever its tags say now.
fn planned(known: &Known) -> BTreeSet<String> {
    let names = layout::plots(layout::MOST_ZONES).into_iter().map(|plot| plot.name);
    let names = names.chain(
        [
            layout::INTERNET_GATEWAY,
            layout::DEFAULT_ACL,
            layout::DEFAULT_GROUP,
            layout::MAIN_TABLE,
            layout::PUBLIC_TABLE,
            layout::PRIVATE_TABLE,
            layout::NAT_INSTANCE,
            layout::NAT_GROUP,
            layout::NAT_GATEWAY,
            layout::BASTION,
        ]
        .map(str::to_owned),
    );
    names.filter_map(|name| known.get(&name).map(|found| found.id.clone())).collect()
}
