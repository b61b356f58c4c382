//! That no attack is without its proof.

use std::collections::BTreeSet;

use crate::INEXPRESSIBLE;
use crate::attacks::TESTED;
use crate::catalogue::{LISTED, in_order, text};

#[test]
fn every_attack_of_the_list_has_a_test() {
    let tested: BTreeSet<_> = TESTED.iter().map(|name| name.replace('_', "-")).collect();
    let without: BTreeSet<_> = INEXPRESSIBLE.iter().map(|(name, _)| (*name).to_owned()).collect();
    let listed: BTreeSet<_> = LISTED.keys().cloned().collect();
    assert_eq!(&tested | &without, listed);
    assert_eq!(&tested & &without, BTreeSet::new());
    assert!(tested.len() >= 60, "{}", tested.len());
}

#[test]
fn every_area_is_attacked_and_every_difficulty_is_there() {
    let all = in_order();
    let of = |member| all.iter().map(|attack| text(attack, member)).collect::<BTreeSet<_>>();
    assert_eq!(
        of("area").into_iter().collect::<Vec<_>>(),
        ["alarms", "bucket", "iam", "instances", "launch", "network", "queues", "scaling", "tags"]
    );
    assert_eq!(of("difficulty").into_iter().collect::<Vec<_>>(), ["easy", "hard", "medium"]);
    assert_eq!(of("tool").into_iter().collect::<Vec<_>>(), ["gd-fleet", "gd-queue", "gd-vpc"]);
}
