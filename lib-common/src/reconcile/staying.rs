//! Strangers that stay: they do no harm, and are not ours to remove.

use super::sweep::Sweep;
use super::{Found, Graph, Resource, Sealed, Seals};

/// Whether an earlier repair told of the stranger. That it may still stay is asked again.
pub(super) fn is_known(resource: &dyn Resource, sealed: Option<&Sealed>, it: &Found) -> bool {
    sealed.is_some_and(|sealed| sealed.strangers.contains(&it.id)) && resource.may_stay(it)
}

/// Takes into the new baseline what the old one knew to stay: a list that could not be read
/// this time, or was not looked at, forgets nothing.
pub(super) fn keep(old: &Seals, new: &mut Seals) {
    for seal in &mut new.0 {
        if let Some(before) = old.get(&seal.name).filter(|before| before.id == seal.id) {
            seal.strangers.clone_from(&before.strangers);
        }
    }
}

/// Takes into the new baseline what the sweep found that may stay, and gives in words what the
/// old one did not know.
pub(super) fn take_in(graph: &Graph, sweep: &Sweep, old: &Seals, new: &mut Seals) -> Vec<String> {
    keep(old, new);
    let mut told = Vec::new();
    for (resource, strangers) in graph.iter().zip(&sweep.strangers) {
        let Some(seal) = new.0.iter_mut().find(|seal| seal.name == resource.name()) else {
            continue;
        };
        for it in strangers.found.iter().filter(|it| resource.may_stay(it)) {
            if seal.strangers.contains(&it.id) {
                continue;
            }
            let what = it.facts.get("kind").and_then(|kind| kind.as_str()).unwrap_or("stranger");
            let (kind, name) = (resource.kind(), resource.name());
            told.push(format!("{what} {} in {kind} {name}", it.id));
            seal.strangers.push(it.id.clone());
        }
        seal.strangers.sort();
    }
    told
}
