//! Looking for everything.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::walk::{Ended, walk};
use super::{Found, Graph, Key, Known, Seals};
use crate::{Error, Exit, Result};

/// What the look for one resource gave.
#[derive(Debug)]
pub enum Sight {
    /// It is there.
    There {
        /// The resource.
        found: Found,
        /// Others that answer to the same key: somebody's copies.
        doubles: Vec<Found>,
    },
    /// It is not there.
    Missing,
    /// Nobody knows: it, or something that it stands on, could not be read.
    Unreadable(Error),
}

impl Sight {
    /// Whether something that is not ours holds its name.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self, Self::Unreadable(error) if error.exit() == Exit::Exists)
    }
}

/// What was seen of an architecture, a sight a resource, in its order.
#[derive(Debug)]
pub struct Survey {
    pub(super) sights: Vec<Sight>,
}

impl Survey {
    /// Everything that is there.
    #[must_use]
    pub fn known(&self, graph: &Graph) -> Known {
        let mut known = Known::default();
        for (resource, sight) in graph.iter().zip(&self.sights) {
            if let Sight::There { found, .. } = sight {
                known.insert(resource.name(), found.clone());
            }
        }
        known
    }

    /// The sights in the order of the graph.
    pub fn iter(&self) -> impl Iterator<Item = &Sight> {
        self.sights.iter()
    }

    /// Why a name that is wanted cannot be had, where something that is not ours holds it:
    /// the look for it fails with [`Exit::Exists`] then.
    pub(super) fn taken(&mut self, graph: &Graph) -> Option<Error> {
        let sights = self.sights.iter_mut().enumerate();
        let mut wanted = sights.filter(|(place, _)| !graph.is_unwanted(*place));
        let (_, held) = wanted.find(|(_, sight)| sight.is_taken())?;
        match std::mem::replace(held, Sight::Missing) {
            Sight::Unreadable(error) => Some(error),
            _ => None,
        }
    }

    /// The ids of everything that answers to the resources, doubles too.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<String> {
        let found = self.sights.iter().flat_map(|sight| match sight {
            Sight::There { found, doubles } => std::iter::once(found).chain(doubles).collect(),
            _ => Vec::new(),
        });
        found.map(|found| found.id.clone()).collect()
    }

    /// How many resources are there.
    #[must_use]
    pub fn present(&self) -> usize {
        self.sights.iter().filter(|sight| matches!(sight, Sight::There { .. })).count()
    }
}

/// Looks for all resources: by their tags, all at once; those that were not found by their
/// sealed id; and those by what they are, where all that they need is there.
pub async fn survey(graph: &Graph, seals: &Seals) -> Survey {
    let nowhere = vec![Vec::new(); graph.len()];
    let nothing = Known::default();
    let tagged = walk(&nowhere, |place| first_look(graph, seals, place, &nothing)).await;
    let tagged: Vec<_> = tagged.into_iter().map(|ended| Mutex::new(Some(ended))).collect();
    let known = Mutex::new(Known::default());
    let sights = walk(&graph.upwards(), |place| {
        let resource = graph.resource(place);
        let (tagged, known) = (&tagged[place], &known);
        async move {
            let ended = tagged.lock().expect("no panic").take().expect("each place once");
            let (by_tags, by_nature) = match ended {
                Ended::Done(found) => found,
                Ended::Failed(error) => return Ok::<_, Error>(Sight::Unreadable(error)),
                Ended::Skipped => unreachable!("nothing was waited for"),
            };
            let so_far = known.lock().expect("no panic").clone();
            let sealed = seals.get(resource.name()).map(|sealed| sealed.id.as_str());
            let sight = match tagged_or_sealed(graph, place, by_tags, sealed, &so_far).await {
                Ok(Some(sight)) => sight,
                Ok(None) => untagged(graph, place, sealed, by_nature, &so_far)
                    .await
                    .unwrap_or_else(Sight::Unreadable),
                Err(error) => Sight::Unreadable(error),
            };
            if let Sight::There { found, .. } = &sight {
                known.lock().expect("no panic").insert(resource.name(), found.clone());
            }
            Ok(sight)
        }
    })
    .await;
    let mut seen: Vec<Sight> = Vec::with_capacity(graph.len());
    for (place, ended) in sights.into_iter().enumerate() {
        let Ended::Done(sight) = ended else { unreachable!("a look never fails, it sees less") };
        let dark = |need: &&usize| {
            let need = &seen[**need];
            matches!(need, Sight::Unreadable(_)) && !need.is_taken()
        };
        let sight = match (graph.needs(place).iter().find(dark), sight) {
            // It may well be there, under what could not be read; but what is not wanted is looked
            // for by its tags and its seal alone.
            (Some(need), Sight::Missing) if !graph.is_unwanted(place) => {
                Sight::Unreadable(Error::new(
                    Exit::Permission,
                    format!("{} cannot be read, on which it stands", graph.resource(*need).name()),
                ))
            }
            (_, sight) => sight,
        };
        seen.push(sight);
    }
    Survey { sights: seen }
}

/// What answers to the tags; and to the nature of what stands on nothing, where no seal is
/// asked for in between: both in the same moment, since a first build waits for both.
async fn first_look(
    graph: &Graph,
    seals: &Seals,
    place: usize,
    nothing: &Known,
) -> Result<(Vec<Found>, Option<Result<Vec<Found>>>)> {
    let resource = graph.resource(place);
    let by_tags = resource.find(Key::Tags, nothing);
    let is_sealed = seals.get(resource.name()).is_some();
    if is_sealed || graph.is_unwanted(place) || !graph.needs(place).is_empty() {
        return Ok((by_tags.await?, None));
    }
    let (by_tags, by_nature) = futures::join!(by_tags, resource.find(Key::Nature, nothing));
    Ok((by_tags?, Some(by_nature)))
}

/// What answers to the tags. Where the sealed one is not among those, it may be there
/// without its tags, and they may be somebody's copies of it.
async fn tagged_or_sealed(
    graph: &Graph,
    place: usize,
    mut by_tags: Vec<Found>,
    sealed: Option<&str>,
    known: &Known,
) -> Result<Option<Sight>> {
    if let Some(id) = sealed
        && !by_tags.is_empty()
        && !by_tags.iter().any(|found| found.id == id)
    {
        let mut by_id = graph.resource(place).find(Key::Id(id), known).await?;
        by_id.append(&mut by_tags);
        by_tags = by_id;
    }
    Ok(choose(by_tags, sealed))
}

async fn untagged(
    graph: &Graph,
    place: usize,
    sealed: Option<&str>,
    by_nature: Option<Result<Vec<Found>>>,
    known: &Known,
) -> Result<Sight> {
    let resource = graph.resource(place);
    if let Some(id) = sealed
        && let Some(sight) = choose(resource.find(Key::Id(id), known).await?, sealed)
    {
        return Ok(sight);
    }
    // What shall not be there is ours by its tags or its seal, or not ours to delete.
    if graph.is_unwanted(place) {
        return Ok(Sight::Missing);
    }
    let needs_are_there =
        graph.needs(place).iter().all(|need| known.has(graph.resource(*need).name()));
    match needs_are_there {
        true => {
            let found = match by_nature {
                Some(found) => found?,
                None => resource.find(Key::Nature, known).await?,
            };
            Ok(choose(found, sealed).unwrap_or(Sight::Missing))
        }
        false => Ok(Sight::Missing),
    }
}

/// The sealed one of several, or the first.
fn choose(mut found: Vec<Found>, sealed: Option<&str>) -> Option<Sight> {
    let place = found.iter().position(|one| Some(one.id.as_str()) == sealed).unwrap_or(0);
    if found.is_empty() {
        return None;
    }
    let chosen = found.remove(place);
    Some(Sight::There { found: chosen, doubles: found })
}
