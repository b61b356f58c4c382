//! The bill of materials, beside what dpkg says and what a stranger's library reads.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tests::{Lab, Ran};

use crate::machine::{Machine, SHARED, provision};

#[test]
fn it_names_what_is_installed_and_a_second_one_is_the_same_to_the_byte() {
    let lab = Lab::new();
    let machine = Machine::launch();
    let known = machine.known(&lab);
    for (environment, package, name, version) in [
        ("/opt/tool", "Foo_Bar.x-1.0", "Foo_Bar.x", "1.0+local"),
        ("/usr/local/other", "foo_bar_x-1.0", "foo-bar-x", "1.0+local"),
        ("/opt/tool", "old-1!2", "old", "1!2"),
    ] {
        let directory = format!("{environment}/lib/python3.11/site-packages/{package}.dist-info");
        let header = format!("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n");
        let command = format!(
            "sudo mkdir -p {directory}; printf '{header}' | sudo tee {directory}/METADATA >/dev/null"
        );
        inside(&lab, &known, &command);
    }
    // Homes are closed to others than their owner and root.
    inside(&lab, &known, "sudo chmod 700 /opt/tool");

    let list = |directory: &str| {
        let arguments = ["inventory", "--directory", directory];
        provision(&lab, &arguments).record(&known).run()
    };
    let ran = list("bills");
    let said = ran.stderr_text();
    let record = ran.record();
    let inventory = &record["inventory"];
    let file = lab.home().join("bills/ai-lab-1.0.cdx.json");
    assert_eq!(inventory["file"], json!(file));
    let counts = (&inventory["packages"]["deb"], &inventory["packages"]["pypi"]);
    let told = format!("{} packages of dpkg and {} of Python, in HOME/bills/", counts.0, counts.1);
    assert!(said.contains(&told), "{said}");
    assert_eq!(record["unknown"], known["unknown"]);

    let packages: BTreeSet<String> = lab.bill(&file).into_iter().collect();
    let line = "'$1 == \"ii\" {sub(/:.*/, \"\", $2); print \"deb\", $2, $3, $4}'";
    let dpkg = inside(&lab, &known, &format!("COLUMNS=500 dpkg -l | awk {line}"));
    let dpkg: BTreeSet<String> = dpkg.stdout_text().lines().map(str::to_owned).collect();
    assert!(dpkg.len() > 100, "{dpkg:?}");
    let python = ["pypi foo-bar-x 1.0+local", "pypi old 1!2"].map(str::to_owned);
    assert_eq!(packages, dpkg.iter().cloned().chain(python).collect());
    assert_eq!((counts.0, counts.1), (&json!(dpkg.len()), &json!(2)));
    assert_eq!(
        places_of(&file, "pkg:pypi/foo-bar-x@1.0%2Blocal"),
        ["/opt/tool/lib/python3.11/site-packages", "/usr/local/other/lib/python3.11/site-packages",]
    );

    let again = list("others").record();
    assert_eq!(again["inventory"]["sha256"], inventory["sha256"]);
    let bytes = |path: &str| std::fs::read(lab.home().join(path)).expect("it was written");
    assert_eq!(bytes("others/ai-lab-1.0.cdx.json"), bytes("bills/ai-lab-1.0.cdx.json"));
    let sum = lab.program("/usr/bin/sha256sum").args([&file]).run().exits(0);
    assert!(sum.stdout_text().starts_with(inventory["sha256"].as_str().expect("hex")), "{sum:#?}");
    let left = std::fs::read_dir(lab.home().join("bills")).expect("a directory").count();
    assert_eq!(left, 1, "nothing unfinished is left");
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

/// Where a bill says that a package lies.
fn places_of(file: &Path, purl: &str) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("it was written");
    let bill: Value = serde_json::from_str(&text).expect("JSON");
    let mut components = bill["components"].as_array().expect("a list").iter();
    let component = components.find(|component| component["purl"] == purl).expect("it is there");
    let places = component["evidence"]["occurrences"].as_array().expect("a list").iter();
    places.map(|place| place["location"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn an_instance_that_answers_with_something_else_is_not_believed() {
    let lab = Lab::new();
    let machine = Machine::launch();
    let known = machine.known(&lab);
    let answers = |program: &str, text: &str| {
        let command = format!(
            "printf '#!/bin/sh\\n{text}\\n' | sudo tee {program} >/dev/null; sudo chmod 755 {program}"
        );
        inside(&lab, &known, &command);
        let ran = provision(&lab, &["inventory", "--quiet"]).record(&known).run().exits(1);
        inside(&lab, &known, &format!("sudo rm {program}"));
        ran.stdout("")
    };
    let begins = "ail-provision: cannot list the packages of i-… (admin@ADDRESS)\n";
    let says = |ran: Ran, why: &str| ran.stderr(&format!("{begins}  {why}\n"));

    // Of all places, sudo looks there first.
    says(
        answers("/usr/local/sbin/python3", "echo hello"),
        "it does not answer with a list of packages: expected value at line 1 column 1",
    );
    says(
        answers("/usr/local/sbin/python3", "exec yes"),
        "it answers with more than 16777216 bytes",
    );
    says(
        answers("/usr/local/sbin/python3", "echo no such luck >&2; exit 3"),
        "the list ended with status 3\n  no such luck\n  next: it needs python3 and dpkg-query \
         there, and a user who is root or may become so by `sudo` without a password",
    );
    says(
        answers(
            "/usr/local/sbin/dpkg-query",
            "printf \"installed\\\\ta\\\\t\\\\033[2J\\\\tall\\\\ta\\\\t1\\\\n\"",
        ),
        "dpkg-query, line 1: expected a version of a, found \"\\u{1b}[2J\"",
    );
    says(answers("/usr/local/sbin/dpkg-query", "true"), "dpkg-query: no package is installed");
    assert!(!lab.home().join("ai-lab-1.0.cdx.json").exists(), "half a bill is written");
    assert_eq!(std::fs::read_dir(lab.home()).expect("a directory").count(), 0);
}

#[test]
fn it_changes_nothing_on_the_instance() {
    let lab = Lab::new();
    let known = SHARED.known(&lab);
    let state = "sudo find / -xdev -newer /tmp/before -type f ! -path '/proc/*' ! -path '/sys/*' \
                 ! -path '/run/*' ! -path '/var/log/*' ! -path /tmp/before";
    // The first sudo of a user leaves a mark in the home; Ansible's was before.
    inside(&lab, &known, "sudo touch /tmp/before");
    provision(&lab, &["inventory"]).record(&known).run().exits(0);
    let touched = inside(&lab, &known, state);
    assert_eq!(touched.stdout_text().lines().collect::<Vec<_>>(), [""; 0]);
}

/// Runs a line there.
#[track_caller]
fn inside(lab: &Lab, record: &Value, command: &str) -> Ran {
    provision(lab, &["exec", "--quiet", "--", command]).record(record).run().exits(0)
}
