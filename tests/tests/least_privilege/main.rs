//! Least privilege, proven: the release runs as the role that `just deploy` makes, with every
//! action asked for; and without any one of the actions something ends with 77 and names it.

mod exports;
mod lint;
mod matrix;
mod policy;
mod removal;
mod role;
mod signing;
mod stacks;
mod unseen;
mod world;

use std::collections::BTreeSet;
use std::thread;

use world::{Found, World};

#[test]
fn the_release_needs_what_its_role_may_and_nothing_else() {
    let allowed = policy::of("release");
    let seen: BTreeSet<_> = allowed
        .iter()
        .filter(|allowed| allowed.unseen("release").is_none())
        .map(|allowed| allowed.action.as_str())
        .collect();
    let world = &World::released(&seen.iter().copied().collect::<Vec<_>>());

    // What they change is each group's own.
    let groups: [fn(&World) -> Vec<Found>; 5] =
        [stacks::coming_up, stacks::going_down, looking, exports::exporting, signing::replaced];
    let mut found = thread::scope(|scope| {
        let groups = groups.map(|group| scope.spawn(move || group(world)));
        let ended: Vec<_> = groups.into_iter().map(|group| group.join()).collect();
        // All have ended before the first failure is told: the scope waits for each.
        ended.into_iter().flat_map(|found| found.expect("a group of runs")).collect::<Vec<_>>()
    });
    found.extend(removal::removing(world));
    world.all_as_expected();

    let needed: BTreeSet<_> = found.iter().map(|found| found.action).collect();
    assert_eq!(needed, seen, "the actions that a run was refused, and those of the policy");
    matrix::check(&found);
}

fn looking(world: &World) -> Vec<Found> {
    let mut found = exports::before(world);
    found.extend(removal::listing(world));
    found
}
