//! `ail-ami deprecate`.

use serde_json::Value;
use tests::Lab;

use crate::stage::{HERE, NONE, images, made};

#[test]
fn a_time_is_set_and_taken_back() {
    let lab = Lab::new();
    let record = made(&lab);
    let deprecate = |arguments: &[&str]| {
        lab.tool("ail-ami").args(["deprecate"]).args(arguments).record(&record).run()
    };
    let ran = deprecate(&["--at", "2035-01-31", "--dry-run"]).exits(0);
    assert!(ran.stdout_text().ends_with(" from 2035-01-31T00:00:00Z\n"), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), ["CreateImage"]);

    let ran = deprecate(&["--at", "2035-01-31T12:00:20Z"]);
    assert_eq!(
        ran.stderr_text(),
        "ami-… (ail-ID, eu-central-1): deprecated from TIME\nail-ami deprecate: done in N s\n"
    );
    let set = ran.record();
    assert_eq!(set["image"]["deprecated_at"], "2035-01-31T12:00:00.000Z");
    assert_eq!(images(&lab, HERE)[0]["DeprecationTime"], set["image"]["deprecated_at"]);

    let ran = deprecate(&["--never"]);
    assert!(ran.stderr_text().starts_with("ami-… (ail-ID, eu-central-1): never deprecated\n"));
    assert_eq!(ran.record()["image"]["deprecated_at"], Value::Null);
    deprecate(&["--never"]).record();
    assert_eq!(lab.mutating_calls()[1..], ["EnableImageDeprecation", "DisableImageDeprecation"]);
}

#[test]
fn a_span_counts_from_the_making_so_that_it_changes_nothing_twice() {
    let lab = Lab::new();
    let record = made(&lab);
    let deprecate = || {
        lab.tool("ail-ami").args(["deprecate", "--after", "2years"]).record(&record).run().record()
    };
    let first = deprecate();
    assert_eq!(deprecate(), first);
    assert_eq!(lab.mutating_calls()[1..], ["EnableImageDeprecation"]);
}

#[test]
fn a_time_must_be_given_and_to_come() {
    let lab = Lab::new();
    for (arguments, reason) in [
        (&[][..], "<--at <TIME>|--after <SPAN>|--never>"),
        (&["--at", "2020-01-31"], "that is past"),
        (&["--at", "31.01.2035"], "write it as 2027-01-31 or 2027-01-31T12:00:00Z"),
        (&["--after", "soon"], "write it as 90d, 18months or 2years"),
        (&["--after", "1y", "--never"], "cannot be used with"),
    ] {
        let ran = lab.tool("ail-ami").args(["deprecate"]).args(arguments).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains(reason), "{ran:#?}");
    }
    assert_eq!(lab.calls(), NONE);
}
