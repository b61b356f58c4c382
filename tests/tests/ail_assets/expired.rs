//! `ail-assets expired`, in a region of its own: it looks at everybody's things.

use std::time::{Duration, SystemTime};

use tests::{Lab, Tool};

use crate::stage::{key_file, make_in, strings, text};

const REGION: &str = "us-east-2";

fn expired(lab: &Lab, bucket: &str) -> Tool {
    lab.tool("ail-assets").args(["expired", "--region", REGION, "--bucket", bucket])
}

#[test]
fn what_runs_left_behind_is_listed_and_can_be_removed() {
    let lab = Lab::new();
    let made = make_in(&lab, REGION, "old_and_new", &[]);
    let bucket = text(&made, "bucket");
    let (old, young) = (key_file(&lab, "0000000a"), key_file(&lab, "0000000b"));
    let two_days = SystemTime::now() - Duration::from_secs(48 * 3600);
    std::fs::File::open(&old)
        .and_then(|file| file.set_modified(two_days))
        .expect("its time is set");

    // By itself only what is marked as passed, or is old and not marked at all.
    let lines = expired(&lab, bucket).run().exits(0).lines();
    assert_eq!(strings(&lines, "id"), [text(&made, "passed"), old.to_str().expect("plain")]);

    // By age: what passes, whatever its mark; never what a release is for.
    let ran = expired(&lab, bucket).args(["--older-than", "0s"]).run().exits(0);
    let lines = ran.lines();
    assert_eq!(
        strings(&lines, "type"),
        ["volume", "volume", "volume", "key-file", "key-file", "object"]
    );
    let exported = format!("ai_lab/{}/export-ami-0123456789abcdef0.vhd", lab.asset_id());
    assert_eq!(lines[5]["id"], format!("s3://{bucket}/{exported}"));

    // What is listed goes by way of lines, in the region that they name.
    let rm = || lab.tool("ail-assets").args(["rm", "--lines", "--yes"]).env_remove("AWS_REGION");
    let rm = || rm().env_remove("AWS_DEFAULT_REGION");
    let removed = rm().stdin(ran.stdout_text()).run().exits(0).lines();
    assert_eq!(strings(&removed, "result"), ["removed"; 6]);
    assert!(!old.exists() && !young.exists());
    expired(&lab, bucket).args(["--older-than", "0s"]).run().exits(0).stdout("");
    let again = rm().stdin(ran.stdout_text()).run().exits(0).lines();
    assert_eq!(strings(&again, "result"), ["gone"; 6]);
}

#[test]
fn nothing_is_changed_by_looking() {
    let lab = Lab::new();
    lab.tool("ail-assets").args(["expired", "--region", REGION]).run().exits(0);
    assert_eq!(lab.mutating_calls(), [""; 0]);
}
