//! What a whole run makes, and that a second and a third change nothing.

use serde_json::json;
use tests::{Cloud, Lab};

use crate::place::{PART, exporting, image, record, tasks, text, until};

#[test]
fn the_default_formats_go_to_the_bucket_of_the_stack() {
    let _turn = exporting();
    let lab = Lab::new();
    let image = image();
    let template = concat!(
        "file://",
        env!("CARGO_MANIFEST_DIR"),
        "/../tools/ail-stack/templates/vm-bucket.yaml"
    );
    lab.aws(&[
        "cloudformation",
        "create-stack",
        "--stack-name",
        "AIL-VM-BUCKET",
        "--template-body",
        template,
        "--capabilities",
        "CAPABILITY_IAM",
    ]);
    let stack = || lab.aws(&["cloudformation", "describe-stacks", "--stack-name", "AIL-VM-BUCKET"]);
    until("the stack is there", || stack()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE");
    let run = || {
        let tool =
            lab.tool("ail-export").args(["run"]).env("AIL_EXPORT_COPY_PART", PART.to_string());
        tool.record(&record(&lab, image)).run()
    };

    let first = run().record();
    assert_eq!(first["unknown"], json!({"kept": true}));
    let id = lab.asset_id();
    let exports = first["exports"].as_array().expect("exports");
    assert_eq!(exports.len(), 2);
    for (export, format) in exports.iter().zip(["vhd", "vmdk"]) {
        let (bucket, key) = (text(&export["bucket"]), text(&export["key"]));
        assert_eq!(export["format"], format);
        assert_eq!(key, format!("ai_lab/{id}/ai-lab-{id}.{format}"));
        let url = format!("{}/{bucket}/{key}", Cloud::shared().endpoint());
        assert_eq!(export["url"], url.as_str());

        let head = lab.aws(&["s3api", "head-object", "--bucket", bucket, "--key", key]);
        assert_eq!(head["ContentLength"], export["bytes"]);
        assert_eq!(head["Metadata"]["sha256"], export["sha256"]);
        assert_eq!(head["Metadata"]["image-id"], image);
        let parts = export["bytes"].as_u64().expect("a size") / PART;
        assert!(text(&head["ETag"]).ends_with(&format!("-{parts}\"")), "in parts: {head:#}");
        let tags = lab.aws(&["s3api", "get-object-tagging", "--bucket", bucket, "--key", key]);
        assert_eq!(tags["TagSet"][0], json!({"Key": "ail:asset-id", "Value": id}));
    }
    let bucket = text(&exports[0]["bucket"]);
    let all = lab.aws(&["s3api", "list-objects-v2", "--bucket", bucket]);
    assert_eq!(all["Contents"].as_array().map_or(0, Vec::len), 2, "no originals: {all:#}");
    let read = format!("aws s3 cp s3://{bucket}/{} - | sha256sum", text(&exports[1]["key"]));
    let sum = lab.program("/bin/bash").args(["-c", &read]).run().exits(0);
    sum.stdout(&format!("{}  -\n", text(&exports[1]["sha256"])));
    for line in tasks(&lab, &["status"]).exits(0).lines() {
        assert_eq!((&line["state"], &line["image"]), (&json!("completed"), &json!(image)));
    }

    let before = lab.mutating_calls().len();
    for _ in 0..2 {
        assert_eq!(run().record(), first);
    }
    assert_eq!(lab.mutating_calls().len(), before);

    // A run in one more format keeps what the record has of the others.
    let plan = lab.tool("ail-export").args(["run", "--dry-run", "--format", "raw,vhd"]);
    let plan = plan.record(&first).run().exits(0);
    let place = format!("s3://{bucket}/ai_lab/{id}/ai-lab-{id}");
    assert_eq!(
        plan.stdout_text(),
        format!(
            "would export {image} as raw to {place}.raw\n\
             would keep {place}.vhd, the vhd of {image}\n"
        )
    );
}
