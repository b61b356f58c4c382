//! A key pair of one's own: it lets one in, and stays when the network goes.

use std::path::Path;

use serde_json::json;

use crate::stage::{Stage, at, nothing};

/// Makes a key, and a key pair of it at EC2 under this name; gives its file.
fn import(stage: &Stage, name: &str) -> String {
    let file = stage.lab.home().join(name).display().to_string();
    let keygen = ["-q", "-t", "ed25519", "-N", "", "-C", "mine", "-f", &file];
    stage.lab.program("/usr/bin/ssh-keygen").args(keygen).run().exits(0);
    let public = std::fs::read_to_string(format!("{file}.pub")).expect("it was made");
    stage.call(&json!([
        ["import_key_pair", {"KeyName": name, "PublicKeyMaterial": public}]
    ]));
    file
}

fn key_pairs(stage: &Stage, name: &str) -> usize {
    let filter = format!("Name=key-name,Values={name}");
    let told = stage.lab.aws(&["ec2", "describe-key-pairs", "--filters", &filter]);
    told["KeyPairs"].as_array().expect("a list").len()
}

#[test]
fn a_key_of_ones_own_lets_in_and_stays() {
    let stage = Stage::new();
    let name = format!("mine-{}", stage.team);
    let file = import(&stage, &name);
    let up = ["up", "--key-name", &name, "--key-file", &file];
    let record = stage.vpc(&up).run().record();
    let key = json!({"name": name, "file": file, "generated": false});
    assert_eq!(record["network"]["key_pair"], key);
    assert_eq!(stage.instances()[0]["KeyName"], name);
    assert_eq!(stage.counts()["keys"], 0, "the team has none of its own");
    let into = |line: &str| stage.vpc(&["ssh", "bastion", "--", line]).record(&record).run();
    into("cut -d' ' -f1,3 ~/.ssh/authorized_keys").exits(0).stdout("ssh-ed25519 mine\n");

    assert_eq!(stage.findings(&record), [""; 0]);
    let made = stage.lab.mutating_calls().len();
    assert_eq!(stage.vpc(&["up"]).record(&record).run().record(), record, "the record says it");
    assert_eq!(stage.lab.mutating_calls().len(), made);

    stage.vpc(&["down", "--yes"]).record(&record).run().exits(0);
    assert_eq!(stage.counts(), nothing());
    assert_eq!(key_pairs(&stage, &name), 1);
    assert!(Path::new(&file).exists());
}

#[test]
fn the_key_that_was_made_goes_where_one_of_ones_own_comes() {
    let stage = Stage::new();
    let record = stage.up();
    let made = at(&record, "/network/key_pair/file");
    let name = format!("mine-{}", stage.team);
    let file = import(&stage, &name);
    let up = ["up", "--key-name", &name, "--key-file", &file];
    let ran = stage.vpc(&up).record(&record).run().exits(80).stdout("");
    let asked = "this would delete and make anew nat-instance; delete key-pair";
    assert!(ran.stderr_text().contains(asked), "{ran:#?}");
    let other = stage.vpc(&[&up[..], &["--yes"]].concat()).record(&record).run().record();
    assert_eq!(stage.instances()[0]["KeyName"], name);
    assert_eq!(stage.counts()["keys"], 0);
    assert!(!Path::new(made).exists());
    stage.vpc(&["ssh", "bastion", "--", "true"]).record(&other).run().exits(0);
    assert_eq!(stage.findings(&other), [""; 0]);
    stage.vpc(&["down", "--yes"]).record(&other).run().exits(0);
    assert_eq!(key_pairs(&stage, &name), 1);
}

#[test]
fn a_key_that_lets_nobody_in_is_refused_before_anything_is_made() {
    let stage = Stage::new();
    let (mine, other) = (format!("mine-{}", stage.team), format!("other-{}", stage.team));
    let file = import(&stage, &mine);
    import(&stage, &other);
    let up = ["up", "--key-name", "no-such-key", "--key-file", &file];
    let ran = stage.vpc(&up).run().exits(66).stdout("");
    let said = ran.stderr_text();
    assert!(said.contains("cannot use the key pair no-such-key (eu-central-1)\n"), "{ran:#?}");
    assert!(said.contains("there is none of this name; key pairs are of one region"), "{ran:#?}");
    let up = ["up", "--key-name", &other, "--key-file", &file];
    let ran = stage.vpc(&up).run().exits(65).stdout("");
    assert!(ran.stderr_text().contains("is the private key of another one\n"), "{ran:#?}");
    assert!(!stage.lab.mutating_calls().iter().any(|call| call == "CreateVpc"));
    stage.down();
}

/// Whoever repairs may not be who built: the private key stays where it is.
#[test]
fn without_the_private_key_a_repair_puts_the_sealed_public_key_back() {
    let stage = Stage::new();
    let record = stage.up();
    let (name, file) =
        (at(&record, "/network/key_pair/name"), at(&record, "/network/key_pair/file"));
    let public = || {
        let line = ["ec2", "describe-key-pairs", "--include-public-key", "--key-names", name];
        let told = stage.lab.aws(&line);
        let key = at(&told, "/KeyPairs/0/PublicKey").split_whitespace();
        key.take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let sealed = public();
    std::fs::remove_file(file).expect("it was made");

    stage.call(&json!([["delete_key_pair", {"KeyName": name}]]));
    assert_eq!(stage.findings(&record), ["missing key-pair -"]);
    let ran = stage.vpc(&["repair", "--yes"]).record(&record).run().exits(0);
    let said = ran.stderr_text();
    assert!(said.contains("gets the public key of the record"), "{ran:#?}");
    let where_not = format!("its private key is not on this machine ({file})\n");
    assert!(ran.stderr_raw().contains(&where_not), "{ran:#?}");
    assert_eq!(public(), sealed);
    assert!(!Path::new(file).exists());
    let mended = ran.record();
    let made = stage.lab.mutating_calls().len();
    let again = stage.vpc(&["repair"]).record(&mended).run().exits(0);
    assert!(!again.stderr_text().contains("public key"), "{again:#?}");
    assert_eq!(stage.lab.mutating_calls().len(), made, "the second repair is silent");

    // Another key under its name, and a key in the file that is not of this network.
    import_over(&stage, name, file);
    assert_ne!(public(), sealed);
    let differs = ["id", "public_key", "tags"].map(|fact| format!("changed key-pair {fact}"));
    assert_eq!(stage.findings(&mended), differs);
    let key = std::fs::read(file).expect("it is there");
    let mended = stage.mended(&mended);
    assert_eq!(public(), sealed);
    assert_eq!(std::fs::read(file).expect("it is there"), key, "it is not ours to overwrite");
    assert_eq!(stage.findings(&mended), [""; 0]);

    // Once the network is taken down, nobody has the private key of its record.
    stage.vpc(&["down", "--yes"]).record(&mended).run().exits(0);
    assert!(!Path::new(file).exists());
    let built = stage.vpc(&["up"]).record(&mended).run().record();
    assert_ne!(public(), sealed);
    stage.vpc(&["ssh", "bastion", "--", "true"]).record(&built).run().exits(0);
    stage.down();
}

/// Puts a new key pair in the place of this one, its private key in the file.
fn import_over(stage: &Stage, name: &str, file: &str) {
    let keygen = ["-q", "-t", "ed25519", "-N", "", "-C", "other", "-f", file];
    stage.lab.program("/usr/bin/ssh-keygen").args(keygen).run().exits(0);
    let public = std::fs::read_to_string(format!("{file}.pub")).expect("it was made");
    // ssh would offer it for whatever key is in the file later.
    std::fs::remove_file(format!("{file}.pub")).expect("it is there");
    let team = json!([{"ResourceType": "key-pair",
        "Tags": [{"Key": "gd:team", "Value": stage.team}]}]);
    stage.call(&json!([
        ["delete_key_pair", {"KeyName": name}],
        ["import_key_pair",
            {"KeyName": name, "PublicKeyMaterial": public, "TagSpecifications": team}],
    ]));
}
