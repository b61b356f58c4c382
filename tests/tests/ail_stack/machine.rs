//! The kind ec2: a real instance and its key pair.

use std::os::unix::fs::PermissionsExt;

use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stacks::{
    MACHINE, described, ec2, eventually, key_files, key_pairs, nothing_left, script, source, stack,
    template,
};

#[test]
fn an_instance_comes_up_with_a_key_of_its_own_and_goes_with_it() {
    let lab = Lab::new();
    let source = source(&lab);
    let up = ec2(&lab, "up", &source).run().record();
    let (instance, key) = (&up["instance"], &up["key_pair"]);
    assert_eq!(instance["user"], "admin");
    assert_eq!(key["generated"], true);
    let file = lab.state().join(key["name"].as_str().expect("a name"));
    assert_eq!(key["file"], json!(file));
    let mode = std::fs::metadata(&file).expect("the private key is here").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let id = instance["id"].as_str().expect("an id");
    let found = lab.aws(&["ec2", "describe-instances", "--instance-ids", id]);
    let found = &found["Reservations"][0]["Instances"][0];
    assert_eq!(found["State"]["Name"], "running");
    assert_eq!(found["KeyName"], key["name"]);
    assert_eq!(found["PublicIpAddress"], instance["host"]);
    assert_eq!(found["MetadataOptions"]["HttpTokens"], "required");
    for tagged in [
        &found["Tags"],
        &described(&lab, "ec2")["Tags"],
        &lab.aws(&[
            "ec2",
            "describe-key-pairs",
            "--key-names",
            key["name"].as_str().expect("a name"),
        ])["KeyPairs"][0]["Tags"],
    ] {
        let keys: Vec<_> =
            tagged.as_array().expect("tags").iter().map(|tag| tag["Key"].clone()).collect();
        for key in ["ail:asset-id", "ail:tool", "ail:run", "ail:expires"] {
            assert!(keys.contains(&json!(key)), "{key}: {tagged:#}");
        }
    }

    let calls = lab.mutating_calls();
    let mut known = up.clone();
    known["instance"]["host_keys"] = json!(["ssh-ed25519 AAAA"]);
    assert_eq!(ec2(&lab, "up", &known).run().record(), known, "known host keys stay known");
    assert_eq!(ec2(&lab, "up", &source).run().record(), up);
    assert_eq!(lab.mutating_calls(), calls);

    // The key file is lost: nothing is guessed, nothing is changed.
    let text = std::fs::read(&file).expect("readable");
    std::fs::remove_file(&file).expect("removable");
    ec2(&lab, "up", &up).run().exits(73).stdout("").stderr(
        "ail-stack: the stack ail-ec2-ID (eu-central-1) is up, but not with a key that is here\n  \
         the private key of ail-ID-RUN is not at HOME/state/ail/ail-ID-RUN\n  \
         next: copy it to HOME/state/ail/ail-ID-RUN, or take the stack down with `ail-stack down \
         --name ail-ec2-ID --yes` and run this again\n",
    );
    ec2(&lab, "run", &up).args(["--", "cat"]).run().exits(73).stdout("");
    assert_eq!(lab.mutating_calls(), calls);
    std::fs::write(&file, text).expect("writable");

    let down = stack(&lab, &["down", "--yes"]).record(&up).run().record();
    assert_eq!((&down["instance"], &down["key_pair"]), (&Value::Null, &Value::Null));
    nothing_left(&lab, "ec2");
}

#[test]
fn a_key_of_ones_own_is_used_and_never_deleted() {
    let lab = Lab::new();
    let source = source(&lab);
    let name = format!("own-{}", lab.asset_id());
    let made = lab.aws(&["ec2", "create-key-pair", "--key-name", &name, "--key-type", "ed25519"]);
    let file = lab.home().join("own.pem");
    std::fs::write(&file, made["KeyMaterial"].as_str().expect("text")).expect("writable");
    let own = |record: &Value| {
        ec2(&lab, "up", record).args(["--key-name", &name, "--key-file", "own.pem"])
    };
    ec2(&lab, "up", &source)
        .args(["--key-name", "no-such-key", "--key-file", "own.pem"])
        .run()
        .exits(66)
        .stdout("");
    let up = own(&source).run().record();
    assert_eq!(up["key_pair"]["generated"], false);
    assert_eq!(up["key_pair"]["file"], json!(file));
    stack(&lab, &["down", "--yes"]).record(&up).run().exits(0);
    assert!(file.exists());
    lab.aws(&["ec2", "describe-key-pairs", "--key-names", &name]);
    lab.aws(&["ec2", "delete-key-pair", "--key-name", &name]);
    nothing_left(&lab, "ec2");
}

#[test]
fn a_template_of_ones_own_gets_the_key_pair_and_the_image_that_it_asks_for() {
    let lab = Lab::new();
    let source = source(&lab);
    template(&lab, "lab.yaml", MACHINE);
    let up = |record: &Value| {
        let tool = stack(&lab, &["up", "--template", "lab.yaml", "--timeout", "3m"]);
        tool.record(record).run().record()
    };
    let record = up(&source);
    assert_eq!(record["instance"]["user"], "admin");
    assert_eq!(key_pairs(&lab), [record["key_pair"]["name"].as_str().expect("a name")]);
    let calls = lab.mutating_calls();
    assert_eq!(up(&record), record);
    assert_eq!(lab.mutating_calls(), calls);
    // The key pair is another stack's too as long as its instance is there.
    stack(&lab, &["down", "--kind", "ec2", "--yes"]).run().exits(0);
    assert_eq!(key_pairs(&lab).len(), 1);
    stack(&lab, &["down", "--yes"]).record(&record).run().exits(0);
    nothing_left(&lab, "lab");
}

#[test]
fn an_image_that_is_not_there_leaves_no_key() {
    let lab = Lab::new();
    let mut record = source(&lab);
    record["source_image"]["id"] = json!("ami-00000000000000bad");
    let ran = ec2(&lab, "up", &record).run().stdout("");
    assert!(ran.stderr_text().contains("ami-…"), "{ran:#?}");
    nothing_left(&lab, "ec2");
}

#[test]
fn a_key_pair_that_cannot_be_imported_leaves_no_file() {
    let lab = Lab::new();
    let record = source(&lab);
    lab.fault(&Fault {
        operation: "ImportKeyPair",
        status: 403,
        code: "UnauthorizedOperation",
        message: "You are not authorized to perform this operation",
        ..Fault::default()
    });
    ec2(&lab, "up", &record).run().exits(77).stdout("").stderr(
        "ail-stack: taking back: remove the key file HOME/state/ail/ail-ID-RUN\n\
         ail-stack: cannot import the key pair ail-ID-RUN (eu-central-1)\n  \
         ImportKeyPair: UnauthorizedOperation: You are not authorized to perform this operation \
         (request …)\n  undone: remove the key file HOME/state/ail/ail-ID-RUN\n  \
         next: check the credentials, and that their policy allows ImportKeyPair\n",
    );
    nothing_left(&lab, "ec2");
}

#[test]
fn what_a_killed_run_left_serves_the_next_one_and_goes_with_it() {
    let lab = Lab::new();
    let record = source(&lab);
    // Killed with the key pair made and the stack begun …
    let mut killed = ec2(&lab, "up", &record).start();
    killed.until_says("Instance CREATE_IN_PROGRESS");
    killed.signal(Signal::SIGKILL);
    killed.wait();
    assert_eq!((key_pairs(&lab).len(), key_files(&lab).len()), (1, 1));
    // … and again while its command runs.
    let command = script(&lab, "trap 'touch told; exit' TERM; echo at work >&2; sleep 300 & wait");
    let mut killed = ec2(&lab, "run", &record).args(command).start();
    killed.until_says("at work");
    killed.signal(Signal::SIGKILL);
    killed.wait();
    eventually("the command is told", || lab.home().join("told").exists());
    assert_eq!(key_pairs(&lab).len(), 1, "the first key pair was used again");

    let made = ec2(&lab, "run", &record).args(["--", "cat"]).run().record();
    assert_eq!(made["stack"]["status"], "DELETE_COMPLETE");
    nothing_left(&lab, "ec2");
}

#[test]
fn an_image_that_is_there_needs_no_instance() {
    let lab = Lab::new();
    let record = source(&lab);
    let run = |record: &Value, command: &[&str]| {
        ec2(&lab, "run", record).args(["--makes", "image", "--"]).args(command).run()
    };
    let made = run(&record, &["ail-ami", "create"]).record();
    assert_eq!(made["image"]["state"], "available");
    assert_eq!((&made["instance"], &made["key_pair"]), (&Value::Null, &Value::Null));
    nothing_left(&lab, "ec2");

    let calls = lab.mutating_calls();
    for input in [&record, &made] {
        let again = run(input, &["false"]).record();
        assert_eq!(again["image"]["id"], made["image"]["id"]);
        assert_eq!(again["image"]["snapshots"], made["image"]["snapshots"]);
    }
    assert_eq!(lab.mutating_calls(), calls);
    lab.tool("ail-ami").args(["rm", "--yes"]).record(&made).run().exits(0);
}
