//! `just release`, end to end: what it makes, what it leaves, and what its stages do when
//! they are fed again.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use tests::{Cloud, Lab};

/// A release takes about four minutes on two quiet cores.
const PATIENCE: Duration = Duration::from_secs(25 * 60);

#[test]
fn a_release_leaves_what_was_released_and_nothing_else() {
    let lab = Lab::new();
    let ran = lab.just("release").patience(PATIENCE).run().exits(0);

    // A line a stage, with its seconds.
    for stage in [
        "ail-ami find",
        "ail-ami check",
        "ail-export check",
        "ail-provision wait",
        "ail-provision install",
        "ail-provision inventory",
        "ail-provision reset-password",
        "ail-ami create",
        "ail-stack run",
        "ail-export run",
        "ail-export sign",
        "ail-assets list",
    ] {
        assert!(ran.stderr_text().contains(&format!("{stage}: done in N s")), "{stage}: {ran:#?}");
    }
    // The table: one image, its snapshot, two tasks, two disks, the bill of what is inside, the
    // sums and their signature.
    let kinds: Vec<_> = ran.stdout_text().lines().skip(2).filter_map(kind).collect();
    let objects = ["object"; 5];
    let expected = [&["image", "snapshot", "export-task", "export-task"], &objects[..]].concat();
    assert_eq!(kinds, expected, "{ran:#?}");
    assert_eq!(files_in(&lab.state()), 0, "key files are left in {}", lab.state().display());

    let record = read(&lab.out().join("release.json"));
    validate_by_every_tool(&lab, &record);
    let bill = Path::new(text(&record["inventory"]["file"]));
    assert_eq!(bill, lab.out().join(format!("ai-lab-{}.cdx.json", lab.asset_id())));
    let packages = lab.bill(bill);
    let of = |kind: &str| packages.iter().filter(|line| line.starts_with(kind)).count();
    assert_eq!(record["inventory"]["packages"]["deb"], of("deb "));
    assert_eq!(record["inventory"]["packages"]["pypi"], of("pypi "));
    let disks = tempfile::tempdir().expect("a temporary directory");
    let read_back = lab
        .reader("release.py")
        .args([lab.out().join("release.json"), disks.path().to_owned()])
        .patience(PATIENCE)
        .run()
        .exits(0);
    assert!(read_back.stdout_text().ends_with(" facts agree\n"), "{read_back:#?}");
    the_aws_cli_agrees(&lab, &record);

    fed_again_each_stage_changes_nothing(&lab, &record);
}

/// The first cell of a row of the Markdown table.
fn kind(row: &str) -> Option<&str> {
    row.strip_prefix('|')?.split('|').next().map(str::trim)
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the release wrote its record");
    serde_json::from_str(&text).expect("a record is JSON")
}

fn files_in(directory: &Path) -> usize {
    std::fs::read_dir(directory).map_or(0, Iterator::count)
}

fn validate_by_every_tool(lab: &Lab, record: &Value) {
    for tool in ["ail-ami", "ail-stack", "ail-provision", "ail-export", "ail-tag", "ail-assets"] {
        lab.tool(tool).args(["schema"]).run().exits(0).describes(record);
    }
}

fn the_aws_cli_agrees(lab: &Lab, record: &Value) {
    let id = record["image"]["id"].as_str().expect("an id");
    let image = &lab.aws(&["ec2", "describe-images", "--image-ids", id])["Images"][0];
    assert_eq!(image["State"], "available");
    assert_eq!(image["Name"], record["image"]["name"]);
    for export in record["exports"].as_array().expect("a list") {
        let (bucket, key) = (text(&export["bucket"]), text(&export["key"]));
        let head = lab.aws(&["s3api", "head-object", "--bucket", bucket, "--key", key]);
        assert_eq!(head["ContentLength"], export["bytes"]);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// The second run of each stage resumes, the third is like it; none may change anything,
/// and each must give the record that it gave before.
fn fed_again_each_stage_changes_nothing(lab: &Lab, record: &Value) {
    let mut instance_there = record.clone();
    // What `create` reads in its place in the pipeline.
    instance_there["instance"] = serde_json::json!({"id": "i-0", "host": "h", "user": "admin"});
    for _ in ["second", "third"] {
        let again = lab.tool("ail-export").args(["run"]).record(record).run().record();
        assert_eq!(again, *record);
        let again = lab.tool("ail-ami").args(["create"]).record(&instance_there).run().record();
        assert_eq!(again["image"], record["image"]);
    }
    assert_eq!(lab.mutating_calls(), [""; 0]);

    let before = Cloud::shared().mutating_calls();
    let out = lab.out().join("release.json");
    lab.just("release").patience(PATIENCE).run().exits(0);
    assert_eq!(read(&out)["image"], record["image"], "the image of the first run is used again");
    for member in ["exports", "bill", "checksums"] {
        assert_eq!(read(&out)[member], record[member]);
    }
    assert_eq!(Cloud::shared().mutating_calls().split_off(before.len()), [""; 0]);
}
