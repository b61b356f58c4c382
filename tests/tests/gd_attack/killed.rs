//! A repair that is cut off anywhere is finished by the next one.

use tests::Lab;

use crate::day::{Day, TOOLS};

/// Something to create, to set, to take away and to delete, in each tool.
const ATTACKS: [&str; 9] = [
    "private-route-deleted",
    "nat-group-opened",
    "stranger-table",
    "input-delayed",
    "bucket-denied",
    "policy-deleted",
    "role-denied",
    "alarm-deleted",
    "hook-added",
];

#[test]
fn a_repair_that_is_killed_at_each_of_its_calls_is_finished_by_the_next() {
    let mut day = Day::whole();
    day.attack(&ATTACKS);
    let lab = Lab::new();
    for tool in TOOLS {
        let repair = || day.tool_of(&lab, tool).args(["repair", "--yes"]);
        let (kills, ran) = lab.killed_at_each_call(repair);
        assert!(kills >= 2, "{tool} was killed {kills} times");
        day.record = ran.record();
    }
    let left = day.all_findings();
    assert!(left.is_empty(), "{left:#?}");
    day.canary();
    day.repairs_nothing();
    day.is_whole();
}
