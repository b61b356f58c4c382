//! Stacks in the states in which runs leave them.

use tests::Lab;

use crate::stage::{assets, make, strings, text};

#[test]
fn a_stack_goes_in_whatever_state_it_is() {
    let lab = Lab::new();
    make(&lab, "stacks", &[]);
    let lines = assets(&lab, "list").args(["--type", "stack"]).run().exits(0).lines();
    assert_eq!(strings(&lines, "run"), ["00c0ffee"; 3]);
    let states = strings(&lines, "state");
    assert!(states.contains(&"ROLLBACK_COMPLETE"), "{states:?}");
    assert!(states.contains(&"REVIEW_IN_PROGRESS"), "{states:?}");
    let ran = assets(&lab, "rm").args(["--yes"]).run().exits(0);
    let lines = ran.lines();
    let stacks: Vec<_> = lines.iter().filter(|line| line["type"] == "stack").collect();
    assert_eq!(stacks.len(), 3, "{ran:#?}");
    assert!(stacks.iter().all(|line| line["result"] == "removed"), "{ran:#?}");
    assets(&lab, "list").run().exits(0).stdout("");
}

#[test]
fn a_protected_stack_is_not_touched_nor_what_is_in_it() {
    let lab = Lab::new();
    make(&lab, "protected", &[]);
    let ran = assets(&lab, "rm").args(["--yes"]).run().exits(79);
    assert_eq!(strings(&ran.lines(), "result"), ["skipped", "skipped"]);
    let name = format!("ail-protected-{}", lab.asset_id());
    assert_eq!(
        strings(&ran.lines(), "reason"),
        ["it is protected from termination", &format!("it is part of the protected stack {name}")]
    );
    // Not by its type alone either.
    let groups = assets(&lab, "rm").args(["--type", "security-group", "--yes"]).run().exits(79);
    assert_eq!(strings(&groups.lines(), "result"), ["skipped"]);
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_stack_that_cannot_be_deleted_says_which_resource_is_in_the_way() {
    let lab = Lab::new();
    let made = make(&lab, "full_bucket", &[]);
    for _ in 0..2 {
        let ran = assets(&lab, "rm").args(["--type", "stack", "--yes"]).run().exits(79);
        let line = ran.lines().remove(0);
        assert_eq!(line["result"], "failed");
        let reason = text(&line, "reason");
        assert!(reason.starts_with("DELETE_FAILED: Bucket: "), "{reason}");
        assert!(reason.contains("not empty"), "{reason}");
    }
    lab.aws(&["s3api", "delete-object", "--bucket", text(&made, "bucket"), "--key", "in the way"]);
    assets(&lab, "rm").args(["--type", "stack", "--yes"]).run().exits(0);
}
