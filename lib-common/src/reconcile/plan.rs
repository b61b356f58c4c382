//! What has to be done, from what was seen. No call is made.

use super::compare::differences;
use super::sweep::beyond;
use super::{Difference, Found, Graph, Known, Resource, Seals, Sight, Survey};

/// What has to be done with one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Nothing: it is as it shall be.
    Keep(Found),
    /// It has to be made.
    Create,
    /// Some facts have to be mended.
    Mend(Found, Vec<Difference>),
    /// It has to be made anew: these facts cannot be mended in place.
    Replace {
        /// The one that is there.
        old: Found,
        /// Why.
        differences: Vec<Difference>,
        /// Whether the new one is made before the old one is deleted.
        coexists: bool,
    },
    /// It shall not be there, nor its doubles.
    Remove(Vec<Found>),
    /// Nothing: it shall not be there, and is not.
    Leave,
    /// Nothing can be said: it could not be read.
    Unknown(String),
}

/// One resource and what has to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name in the architecture.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// What has to be done.
    pub deed: Deed,
}

/// A step a resource, in the order of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    /// Whether what stays as it is is told of. Of a repair nobody wants to know that: the few
    /// lines of what it did would be lost among those.
    pub(super) tells_what_stays: bool,
}

impl Plan {
    /// Compares what was seen with what is wished for.
    #[must_use]
    pub fn new(graph: &Graph, survey: &Survey) -> Self {
        Self::from(graph, survey, None)
    }

    /// As [`Plan::new`], and what is not the sealed one where that matters
    /// ([`Resource::is_known_by`]) is made anew.
    #[must_use]
    pub fn repairing(graph: &Graph, survey: &Survey, seals: &Seals) -> Self {
        Self::from(graph, survey, Some(seals))
    }

    fn from(graph: &Graph, survey: &Survey, seals: Option<&Seals>) -> Self {
        let mut known = Known::default();
        let mut steps: Vec<Step> = Vec::with_capacity(graph.len());
        for (place, (resource, sight)) in graph.iter().zip(&survey.sights).enumerate() {
            let dark = |need: &&usize| matches!(steps[**need].deed, Deed::Unknown(_));
            let deed = match sight {
                // Its wish names the id of something that could not be read: whether that
                // differs, nobody can say.
                _ if graph.needs(place).iter().any(|need| dark(&need)) => {
                    Deed::Unknown("something that it stands on could not be read".to_owned())
                }
                // What is not ours is not in the way of what shall not be.
                sight if graph.is_unwanted(place) && sight.is_taken() => Deed::Leave,
                Sight::Unreadable(error) => Deed::Unknown(error.summary()),
                Sight::Missing if graph.is_unwanted(place) => Deed::Leave,
                Sight::There { found, doubles } if graph.is_unwanted(place) => {
                    known.insert(resource.name(), found.clone());
                    Deed::Remove(std::iter::once(found).chain(doubles).cloned().collect())
                }
                Sight::Missing => Deed::Create,
                Sight::There { found, .. } => {
                    known.insert(resource.name(), found.clone());
                    let mut differences = differences(&resource.wish(&known), &found.facts);
                    let others = other_than_sealed(&**resource, seals, found, &known);
                    let in_place = others.is_empty()
                        && differences.iter().all(|one| resource.mends(&one.fact));
                    differences.extend(others);
                    match differences {
                        none if none.is_empty() => Deed::Keep(found.clone()),
                        some if in_place => Deed::Mend(found.clone(), some),
                        differences => Deed::Replace {
                            old: found.clone(),
                            differences,
                            coexists: resource.coexists()
                                && graph.needs(place).iter().all(|need| !goes_first(&steps[*need])),
                        },
                    }
                }
            };
            if matches!(deed, Deed::Replace { .. }) {
                // What stands on it sees no id, and so differs in it.
                known.remove(resource.name());
            }
            steps.push(Step { name: resource.name().to_owned(), kind: resource.kind(), deed });
        }
        Self { steps, tells_what_stays: seals.is_none() }
    }

    /// The steps in the order of the graph.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter()
    }

    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| match &step.deed {
            Deed::Keep(_) | Deed::Leave | Deed::Unknown(_) => false,
            // All that was wrong is contained.
            Deed::Mend(_, wrong) => !wrong.is_empty(),
            Deed::Create | Deed::Replace { .. } | Deed::Remove(_) => true,
        })
    }

    /// The names of what is deleted to be made anew.
    #[must_use]
    pub fn replaced(&self) -> Vec<&str> {
        let replaced = |step: &&Step| matches!(step.deed, Deed::Replace { .. });
        self.steps.iter().filter(replaced).map(|step| step.name.as_str()).collect()
    }

    /// The names of what is deleted for good.
    #[must_use]
    pub fn removed(&self) -> Vec<&str> {
        let removed = |step: &&Step| matches!(step.deed, Deed::Remove(_));
        self.steps.iter().filter(removed).map(|step| step.name.as_str()).collect()
    }
}

/// In what it is another than the sealed one, where that matters.
fn other_than_sealed(
    resource: &dyn Resource,
    seals: Option<&Seals>,
    found: &Found,
    known: &Known,
) -> Vec<Difference> {
    let Some(sealed) = seals.and_then(|seals| seals.get(resource.name())) else {
        return Vec::new();
    };
    let mut others = beyond(resource, sealed, found, known);
    if sealed.id != found.id {
        let (expected, found) = (sealed.id.as_str().into(), found.id.as_str().into());
        others.push(Difference { fact: "id".to_owned(), expected, found });
    }
    others.retain(|one| resource.is_known_by(&one.fact));
    others
}

/// Whether it is deleted before anything is made: what stands on it has to go before.
fn goes_first(step: &Step) -> bool {
    matches!(step.deed, Deed::Replace { coexists: false, .. })
}

impl std::fmt::Display for Step {
    /// As a dry run says it: `would create subnet public-subnet`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, kind, deed } = self;
        match deed {
            Deed::Keep(found) => write!(f, "{kind} {name} ({}) is as it shall be", found.id),
            Deed::Create => write!(f, "would create {kind} {name}"),
            Deed::Mend(found, differences) => {
                write!(f, "would mend {kind} {name} ({}): {}", found.id, listed(differences))
            }
            Deed::Replace { old, differences, .. } => {
                write!(f, "would replace {kind} {name} ({}): {}", old.id, listed(differences))
            }
            Deed::Remove(these) => {
                let ids: Vec<_> = these.iter().map(|found| found.id.as_str()).collect();
                write!(f, "would delete {kind} {name} ({})", ids.join(", "))
            }
            Deed::Leave => write!(f, "{kind} {name} is not there, as it shall be"),
            Deed::Unknown(why) => write!(f, "cannot read {kind} {name}: {why}"),
        }
    }
}

fn listed(differences: &[Difference]) -> String {
    let one = |d: &Difference| format!("{} is {}, shall be {}", d.fact, d.found, d.expected);
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}
