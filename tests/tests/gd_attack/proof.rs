//! What has to hold of every attack: it is found, mended, and done with.

use std::time::Instant;

use crate::catalogue::{LISTED, finding, text};
use crate::day::Day;
use crate::table::{self, Row};

/// Attacks, and has all of it found, mended and proven.
pub fn prove(name: &str) {
    let attack = &LISTED[name];
    let mut day = Day::whole();
    let made = day.attack(&[name]).lines();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(text(&made[0], "attack"), name);

    let damaged = Instant::now();
    let findings = day.findings(text(attack, "tool"));
    let found = damaged.elapsed();
    let told: Vec<_> = findings
        .iter()
        .map(|line| format!("{}, mended by {}", finding(line), text(line, "mend")))
        .collect();
    let expected = format!("{}, mended by {}", finding(attack), text(attack, "mend"));
    assert!(told.contains(&expected), "{expected}: not in {told:#?}");

    day.repair();
    let repaired = damaged.elapsed();
    day.canary();
    let healthy = damaged.elapsed();
    day.repairs_nothing();
    day.is_whole();
    table::add(name, Row { found, repaired, healthy });
}
