//! The resources of an architecture and what stands on what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Resource;

/// An architecture: resources in an order in which each comes after all that it needs.
#[derive(Clone)]
pub struct Graph {
    resources: Vec<Arc<dyn Resource>>,
    needs: Vec<Vec<usize>>,
    unwanted: Vec<bool>,
}

impl Graph {
    /// Orders the resources. Of resources that do not depend on each other, the one that
    /// was given first stays first.
    ///
    /// # Panics
    ///
    /// If two have one name, one needs what is not there, or they need each other in a
    /// circle: the architecture is written wrong.
    #[must_use]
    pub fn new(resources: Vec<Arc<dyn Resource>>) -> Self {
        Self::with_unwanted(resources, Vec::new())
    }

    /// As [`Graph::new`], with resources that shall not be there: what another choice of the
    /// settings makes, such as the NAT gateway of a network that has a NAT instance now. Where
    /// an earlier run left one, `up` deletes it once everything that is wanted stands.
    ///
    /// # Panics
    ///
    /// As [`Graph::new`], and if something that is wanted needs something that is not.
    #[must_use]
    pub fn with_unwanted(wanted: Vec<Arc<dyn Resource>>, unwanted: Vec<Arc<dyn Resource>>) -> Self {
        let first_unwanted = wanted.len();
        let mut waiting: Vec<_> = wanted.into_iter().chain(unwanted).enumerate().collect();
        let mut ordered: Vec<Arc<dyn Resource>> = Vec::with_capacity(waiting.len());
        let mut unwanted: Vec<bool> = Vec::with_capacity(waiting.len());
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut needs = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let next = waiting
                .iter()
                .position(|(_, r)| r.needs().iter().all(|need| places.contains_key(need)))
                .unwrap_or_else(|| panic!("{} needs what never comes", waiting[0].1.name()));
            let (given, resource) = waiting.remove(next);
            let on: Vec<usize> = resource.needs().iter().map(|need| places[need]).collect();
            let useless = given >= first_unwanted;
            assert!(
                useless || !on.iter().any(|place| unwanted[*place]),
                "{} needs what is not wanted",
                resource.name()
            );
            needs.push(on);
            unwanted.push(useless);
            let taken = places.insert(resource.name().to_owned(), ordered.len());
            assert!(taken.is_none(), "two resources are named {}", resource.name());
            ordered.push(resource);
        }
        Self { resources: ordered, needs, unwanted }
    }

    /// The number of resources.
    #[must_use]
    pub fn len(&self) -> usize {
        self.resources.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
    }

    /// The resources in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Resource>> {
        self.resources.iter()
    }

    pub(super) fn resource(&self, place: usize) -> &Arc<dyn Resource> {
        &self.resources[place]
    }

    /// Whether the resource at this place shall not be there.
    pub(super) fn is_unwanted(&self, place: usize) -> bool {
        self.unwanted[place]
    }

    /// The places of what the resource at this place needs.
    pub(super) fn needs(&self, place: usize) -> &[usize] {
        &self.needs[place]
    }

    /// For each place the places that it waits for when building.
    pub(super) fn upwards(&self) -> Vec<Vec<usize>> {
        self.needs.clone()
    }

    /// For each place the places that it waits for when taking down.
    pub(super) fn downwards(&self) -> Vec<Vec<usize>> {
        let mut users = vec![Vec::new(); self.len()];
        for (place, needs) in self.needs.iter().enumerate() {
            for need in needs {
                users[*need].push(place);
            }
        }
        users
    }
}
