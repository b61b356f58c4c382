//! Which attacks a run makes.

use lib_common::{Error, Exit, Result};
use sha2::{Digest, Sha256};

use crate::area;
use crate::attack::{Area, Attack, Difficulty};

/// The attacks of these names, in this order.
pub fn named(names: &[String]) -> Result<Vec<Attack>> {
    let all: Vec<_> = area::all().collect();
    let of = |name: &String| {
        all.iter().find(|(_, attack)| attack.name == name).map(|(_, attack)| *attack).ok_or_else(
            || {
                Error::new(Exit::Usage, format!("there is no attack {name}"))
                    .next("`gd-attack list` names them all")
            },
        )
    };
    names.iter().map(of).collect()
}

/// So many attacks of this difficulty, no two of which are on the same target, or are found at
/// the same resource: of two such, one could hide the other. Nor does one use what another one
/// is on: it may not be there any more.
///
/// They are taken in the order of a hash of seed and name. So a seed means the same on every
/// machine and with every version, and a new attack leaves the order of the others as it is.
pub fn random(seed: u64, count: usize, difficulty: Option<Difficulty>) -> Result<Vec<Attack>> {
    let mut all: Vec<_> = area::all()
        .filter(|(_, attack)| difficulty.is_none_or(|wanted| wanted == attack.difficulty))
        .map(|(area, attack)| (Sha256::digest(format!("{seed} {}", attack.name)), area, attack))
        .collect();
    all.sort_by_key(|(hash, ..)| *hash);
    let mut chosen: Vec<(Area, Attack)> = Vec::new();
    for (_, area, attack) in all {
        if chosen.len() < count && !chosen.iter().any(|(_, one)| exclude(one, &attack)) {
            chosen.push((area, attack));
        }
    }
    if chosen.len() < count {
        return Err(Error::new(
            Exit::Usage,
            format!("there are only {} attacks that do not exclude one another", chosen.len()),
        )
        .next("give a smaller --count, or no --difficulty"));
    }
    // Without its tags a thing is not attacked any more, so those are taken last.
    chosen.sort_by_key(|(area, _)| *area == Area::Tags);
    Ok(chosen.into_iter().map(|(_, attack)| attack).collect())
}

fn exclude(one: &Attack, other: &Attack) -> bool {
    one.target.resource() == other.target.resource()
        || one.finding.resource == other.finding.resource
        || uses(one, other)
        || uses(other, one)
}

/// Whether one uses what the other is on, is found at, or uses too.
fn uses(one: &Attack, other: &Attack) -> bool {
    one.uses().iter().any(|used| {
        [other.target.resource(), other.finding.resource].contains(&used.resource())
            || other.uses().contains(used)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(attacks: &[Attack]) -> Vec<&str> {
        attacks.iter().map(|attack| attack.name).collect()
    }

    #[test]
    fn a_seed_always_means_the_same_and_another_one_something_else() {
        let five = random(7, 5, None).expect("there are five");
        assert_eq!(names(&five), names(&random(7, 5, None).expect("again")));
        assert_ne!(names(&five), names(&random(8, 5, None).expect("others")));
    }

    #[test]
    fn no_two_are_on_the_same_target() {
        for seed in 0..200 {
            let ten = random(seed, 10, None).expect("there are ten");
            let targets: BTreeSet<_> = ten.iter().map(|attack| attack.target.resource()).collect();
            let found: BTreeSet<_> = ten.iter().map(|attack| attack.finding.resource).collect();
            assert_eq!((targets.len(), found.len()), (10, 10), "seed {seed}: {:?}", names(&ten));
        }
    }

    #[test]
    fn of_all_pairs_no_two_go_together_where_one_could_take_away_what_the_other_needs() {
        let all: Vec<_> = area::all().map(|(_, attack)| attack).collect();
        let uses = |one: &Attack| -> BTreeSet<_> {
            one.uses().iter().map(|used| used.resource()).collect()
        };
        let needs = |one: &Attack| &uses(one) | &BTreeSet::from([one.target.resource()]);
        for one in &all {
            for other in all.iter().filter(|other| !exclude(one, other)) {
                let (name, with) = (one.name, other.name);
                assert!(!exclude(other, one), "{name} and {with}");
                assert!(needs(one).is_disjoint(&needs(other)), "{name} and {with} need the same");
                assert!(!uses(one).contains(other.finding.resource), "{with} takes from {name}");
            }
        }
    }

    #[test]
    fn those_that_cannot_be_made_one_after_the_other_are_never_chosen_together() {
        let of = |name: &str| named(&[name.to_owned()]).expect("it is there")[0];
        for (one, other) in [
            ("image-deregistered", "stranger-instance"),
            ("image-replaced", "stranger-instance"),
            ("nat-terminated", "image-replaced"),
            ("nat-terminated", "nat-address-taken"),
            ("nat-terminated", "public-route-added"),
            ("private-route-deleted", "public-route-added"),
            ("profile-deleted", "role-recreated"),
            ("profile-emptied", "role-recreated"),
            ("profile-deleted", "nat-profile-given"),
            ("template-deleted", "group-version-moved"),
            ("group-deleted", "alarm-mute"),
            ("group-deleted", "alarm-added"),
        ] {
            assert!(exclude(&of(one), &of(other)), "{one} and {other}");
            assert!(exclude(&of(other), &of(one)), "{other} and {one}");
        }
    }

    #[test]
    fn every_difficulty_has_enough_for_a_day() {
        for difficulty in [Difficulty::Easy, Difficulty::Medium, Difficulty::Hard] {
            let five = random(1, 5, Some(difficulty)).expect("there are five");
            assert!(five.iter().all(|attack| attack.difficulty == difficulty));
        }
        assert_eq!(random(1, 100, None).err().map(|error| error.exit()), Some(Exit::Usage));
    }

    #[test]
    fn a_name_that_is_none_is_told() {
        let error = named(&["nothing".to_owned()]).err().expect("there is none");
        assert_eq!(error.what(), "there is no attack nothing");
    }
}
