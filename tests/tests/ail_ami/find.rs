//! `ail-ami find`.

use serde_json::json;
use tests::Lab;

use crate::stage::{DEBIAN, NONE, made};

#[test]
fn it_begins_a_record_with_the_newest_image() {
    let lab = Lab::new();
    let ran = lab.tool("ail-ami").args(["find"]).args(DEBIAN).args(["--asset-id", "1.0"]).run();
    assert_eq!(
        ran.stderr_text(),
        "ami-… is debian-12-amd64-20260901-2222 (owner 136693071363, eu-central-1)\n\
         ail-ami find: done in N s\n"
    );
    let record = ran.record();
    let found = lab.aws(&["ec2", "describe-images", "--owners", "136693071363"]);
    let image = &found["Images"][0];
    assert_eq!(
        record,
        json!({
            "schema": "ail/1",
            "asset_id": "1.0",
            "region": "eu-central-1",
            "source_image": {
                "id": image["ImageId"],
                "name": image["Name"],
                "owner": "136693071363",
                "user": "admin",
                "architecture": "x86_64",
                "root_device": image["RootDeviceName"],
                "volume_gib": 8,
            },
        })
    );
    assert_eq!(lab.calls(), ["DescribeImages"]);
}

#[test]
fn the_environment_says_what_to_look_for_and_an_option_beats_it() {
    let lab = Lab::new();
    let find = |arguments: &[&str]| {
        lab.tool("ail-ami")
            .args(["find"])
            .args(arguments)
            .env("AIL_SOURCE_NAME", "debian-12-*")
            .env("AIL_SOURCE_OWNER", "136693071363")
            .env("AIL_SOURCE_USER", "somebody")
            .run()
    };
    assert_eq!(find(&[]).record()["source_image"]["user"], "somebody");
    assert_eq!(find(&["--user", "else"]).record()["source_image"]["user"], "else");
    find(&["--owner", "099720109477"]).exits(66);
}

#[test]
fn it_reads_no_stdin() {
    let lab = Lab::new();
    lab.tool("ail-ami").args(["find"]).args(DEBIAN).stdin("no record").run().record();
}

#[test]
fn none_is_told_with_all_that_was_searched_for() {
    let lab = Lab::new();
    lab.tool("ail-ami").args(["find"]).run().exits(66).stdout("").stderr(
        "ail-ami: no image matches in eu-central-1\n  \
         name: ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*\n  \
         owner: 099720109477\n  \
         architecture: x86_64\n  \
         next: check --name (with * and ?), --owner and --region: images are of one region\n",
    );
    lab.tool("ail-ami")
        .args(["find"])
        .args(DEBIAN)
        .args(["--architecture", "arm64"])
        .run()
        .exits(66);
}

#[test]
fn an_id_is_exactly_one_image() {
    let lab = Lab::new();
    let record = lab.tool("ail-ami").args(["find"]).args(DEBIAN).run().record();
    let id = record["source_image"]["id"].as_str().expect("an id");
    let by_id = lab.tool("ail-ami").args(["find", "--id", id]).run().record();
    assert_eq!(by_id, record);
    lab.tool("ail-ami")
        .args(["find", "--id", "ami-00000000000000000"])
        .run()
        .exits(66)
        .stdout("")
        .stderr(
            "ail-ami: no image ami-… exists, or none that this account may see (eu-central-1)\n  \
             next: an image id is of one region: check --region\n",
        );
}

#[test]
fn an_unknown_user_is_asked_for() {
    let lab = Lab::new();
    let image = made(&lab)["image"]["id"].as_str().expect("an id").to_owned();
    let find = |arguments: &[&str]| lab.tool("ail-ami").args(["find"]).args(arguments).run();
    find(&["--owner", "self"]).exits(2).stdout("").stderr(
        "ail-ami: the user that the images of self let in is not known\n  \
         next: give --user, or set AIL_SOURCE_USER\n",
    );
    find(&["--id", &image]).exits(2).stdout("");
    let record = find(&["--id", &image, "--user", "admin"]).record();
    assert_eq!(record["source_image"]["owner"], "123456789012");
}

#[test]
fn wrong_values_are_usage_errors_before_any_call() {
    let lab = Lab::new();
    for (option, value, reason) in [
        ("--id", "ami-1", "an image id is ami- and 8 or 17 hex digits"),
        ("--owner", "canonical", "an owner is an account id of 12 digits"),
        ("--architecture", "i386", "[possible values: x86_64, arm64]"),
    ] {
        let ran = lab.tool("ail-ami").args(["find", option, value]).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains(reason), "{ran:#?}");
    }
    assert_eq!(lab.calls(), NONE);
}
