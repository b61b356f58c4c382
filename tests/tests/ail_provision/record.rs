//! Records and options that are refused before anything is called.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tests::Lab;

use crate::machine::provision;

/// The record of an instance that nobody calls.
fn record(lab: &Lab) -> Value {
    let key = lab.home().join("key");
    std::fs::write(&key, "no key").expect("writable");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).expect("its own file");
    json!({
        "schema": "ail/1",
        "region": "eu-central-1",
        "key_pair": {"id": "key-1", "name": "k", "file": key, "generated": true},
        "instance": {"id": "i-1", "host": "127.0.0.1", "port": 1, "user": "admin"},
    })
}

const VERBS: [&[&str]; 5] = [
    &["wait"],
    &["install"],
    &["inventory"],
    &["reset-password", "--password-fd", "3"],
    &["exec", "--", "true"],
];

#[test]
fn a_record_must_name_instance_and_key() {
    let lab = Lab::new();
    let whole = record(&lab);
    for verb in VERBS {
        for (path, value, reason) in [
            ("/instance", Value::Null, "the record has no member `instance`"),
            ("/key_pair", Value::Null, "the record has no member `key_pair`"),
            ("/instance/port", json!("22"), "instance.port: invalid type: string \"22\""),
            ("/instance/user", json!(""), "instance.user: expected a name, found an empty string"),
            ("/instance/host", json!(""), "instance.host: expected a name, found an empty string"),
        ] {
            let mut broken = whole.clone();
            *broken.pointer_mut(path).expect("it is there") = value;
            let ran = provision(&lab, verb).record(&broken).run().exits(65).stdout("");
            assert!(ran.stderr_text().contains(reason), "{path}: {ran:#?}");
        }
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn host_keys_must_be_keys() {
    let lab = Lab::new();
    let mut record = record(&lab);
    record["instance"]["host_keys"] = json!(["ssh-ed25519 nonsense"]);
    provision(&lab, &["wait"]).record(&record).run().exits(65).stdout("").stderr(
        "ail-provision: the input is not a record that this tool can read\n  \
         instance.host_keys[0]: expected a key such as `ssh-ed25519 AAAA…`, found \"ssh-ed25519 \
         nonsense\"\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn the_private_key_must_be_here_and_private() {
    let lab = Lab::new();
    let record = record(&lab);
    let key = lab.home().join("key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).expect("its own file");
    provision(&lab, &["wait"]).record(&record).run().exits(77).stdout("").stderr(
        "ail-provision: others can read the private key HOME/key\n  next: chmod 600 HOME/key\n",
    );
    std::fs::remove_file(&key).expect("its own file");
    provision(&lab, &["wait"]).record(&record).run().exits(66).stdout("").stderr(
        "ail-provision: cannot read the private key HOME/key of the record\n  \
         No such file or directory (os error 2)\n  \
         next: run this where the key pair was made; `ail-stack` removes a key with its stack\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn an_instance_without_keys_is_left_alone() {
    let lab = Lab::new();
    let mut record = record(&lab);
    record["provision"] =
        json!({"reset_password": {"ok": 1, "changed": 1, "failed": 0, "seconds": 1.0}});
    for verb in VERBS {
        provision(&lab, verb).record(&record).run().exits(73).stdout("").stderr(
            "ail-provision: the default password of i-1 is set, and its SSH keys are removed: no \
             key opens it any more\n  \
             next: make the image with `ail-ami create`: it needs no login\n",
        );
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn ansible_must_be_there() {
    let lab = Lab::new();
    let record = record(&lab);
    let missing = ["install", "--ansible", "/no/ansible-playbook"];
    provision(&lab, &missing).record(&record).run().exits(1).stdout("").stderr(
        "ail-provision: cannot run Ansible\n  there is no program /no/ansible-playbook\n  \
         next: install it: pipx install ansible-core, or apt-get install ansible-core; or say \
         where it is with --ansible PATH or AIL_ANSIBLE_PLAYBOOK\n",
    );
    let ran = provision(&lab, &["install"])
        .env("AIL_ANSIBLE_PLAYBOOK", "/bin/false")
        .record(&record)
        .run()
        .exits(1);
    assert!(
        ran.stderr_text().contains("/bin/false does not work: it tells no version"),
        "{ran:#?}"
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_password_must_come_from_somewhere_and_be_one() {
    let lab = Lab::new();
    let record = record(&lab);
    let file = lab.home().join("password");
    let name = file.to_str().expect("text").to_owned();
    provision(&lab, &["reset-password"]).record(&record).run().exits(2).stdout("").stderr(
        "ail-provision: no default password is given\n  \
         next: give --password-file FILE or --password-fd N, or set AIL_DEFAULT_PASSWORD\n",
    );
    for (text, why) in [
        ("", "it is empty"),
        ("two\nlines\n", "it has a line break or another control character inside"),
    ] {
        std::fs::write(&file, text).expect("writable");
        let arguments = ["reset-password", "--password-file", name.as_str()];
        provision(&lab, &arguments).record(&record).run().exits(65).stdout("").stderr(&format!(
            "ail-provision: the password in HOME/password cannot be used\n  {why}\n"
        ));
    }
    // Never as an argument.
    provision(&lab, &["reset-password", "--password", "secret"]).record(&record).run().exits(2);
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_bill_of_materials_needs_a_name_and_a_place() {
    let lab = Lab::new();
    let mut record = record(&lab);
    provision(&lab, &["inventory"]).record(&record).run().exits(2).stdout("").stderr(
        "ail-provision: no asset id is given\n  \
         next: give --asset-id, or set AIL_ASSET_ID, or put asset_id into the record\n",
    );
    record["asset_id"] = json!("1.0");
    let inventory = provision(&lab, &["inventory"]).env("AIL_OUT", "key/below");
    inventory.record(&record).run().exits(1).stdout("").stderr(
        "ail-provision: cannot write HOME/key/below/ai-lab-1.0.cdx.json\n  \
         Not a directory (os error 20)\n  next: give another --directory\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn options_that_make_no_sense_are_usage_errors() {
    let lab = Lab::new();
    for (arguments, reason) in [
        (&["install", "--jupyter-port", "80"][..], "80 is not in 1024..=65535"),
        (&["install", "--jupyter-user", "Root"], "a user's name is made of"),
        (&["install", "--var", "x"], "expected NAME=VALUE"),
        (&["install", "--var", "x=[1"], "not JSON"),
        (&["exec"], "COMMAND"),
        (&["exec", "true"], "unexpected argument 'true'"),
        (&["reset-password", "--password-fd", "0"], "0 is not in 3..=65535"),
    ] {
        let ran = provision(&lab, arguments).record(&record(&lab)).run().exits(2).stdout("");
        assert!(ran.stderr_text().contains(reason), "{ran:#?}");
    }
    let arguments = ["install", "--playbook", "/no/playbook"];
    provision(&lab, &arguments).record(&record(&lab)).run().exits(66).stdout("").stderr(
        "ail-provision: there is no playbook at /no/playbook\n  there is no such file or directory\n",
    );
}

#[test]
fn a_dry_run_says_what_would_be_done_and_calls_nothing() {
    let lab = Lab::new();
    let record = record(&lab);
    let dry = |arguments: &[&str]| {
        let ran = provision(&lab, arguments).args(["--dry-run"]).record(&record);
        ran.env("AIL_DEFAULT_PASSWORD", "start-1234").run().exits(0)
    };
    dry(&["install", "--jupyter-port", "8888", "--var", "x=[1]"]).stdout(
        "would log in to i-1 as admin@127.0.0.1:1\n\
         would play the built-in site.yml with \
         {\"jupyter_port\":8888,\"jupyter_user\":\"jupyter\",\"x\":[1]}\n",
    );
    dry(&["inventory", "--asset-id", "1.0", "--directory", "/no/bills"]).stdout(
        "would log in to i-1 as admin@127.0.0.1:1\n\
         would list the packages of dpkg and Python on i-1\n\
         would write /no/bills/ai-lab-1.0.cdx.json\n",
    );
    dry(&["reset-password"]).stdout(
        "would log in to i-1 as admin@127.0.0.1:1\n\
         would let the SSH server of i-1 take passwords\n\
         would set the default password of admin on i-1, expired at once\n\
         would empty the logs of i-1 and remove the SSH keys of all its users: no key opens it \
         then\n",
    );
    let exec = ["exec", "--dry-run", "--", "rm", "a b"];
    let ran = provision(&lab, &exec).record(&record).run().exits(0);
    ran.stdout("would run on i-1 as admin@127.0.0.1:1: rm 'a b'\n");
    assert_eq!(lab.calls(), [""; 0]);
}
