//! What signing takes where a disk was replaced.

use serde_json::{Value, json};
use tests::Lab;

use crate::world::{Found, World};

pub fn replaced(world: &World) -> Vec<Found> {
    let lab = Lab::new();
    disk(world, &lab, "as it was");
    let sign = |record: &Value| {
        let tool = world.lab.tool("ail-export").args(["sign", "--unsigned", "--quiet"]);
        tool.record(record)
    };
    world.as_role(sign(&record(world, &lab, "as it was"))).run().exits(0);
    disk(world, &lab, "another one");
    let another = record(world, &lab, "another one");
    let found = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
        .map(|action| world.denied(action, "ail-export sign", sign(&another)));
    found.into()
}

fn key(lab: &Lab) -> String {
    format!("ai_lab/{0}/ai-lab-{0}.vhd", lab.asset_id())
}

/// Puts a disk into the bucket, as `ail-export run` does.
fn disk(world: &World, lab: &Lab, content: &str) {
    let file = lab.home().join("disk");
    std::fs::write(&file, content).expect("a file");
    let (id, sha256) = (lab.asset_id(), sha256(lab, content));
    let marks = format!("asset-id={id},image-id=ami-1,export-task=export-ami-1,sha256={sha256}");
    let (key, body) = (key(lab), file.to_str().expect("text"));
    let put = ["s3api", "put-object", "--bucket", world.bucket(), "--key", &key, "--body", body];
    lab.aws(&[&put[..], &["--metadata", &marks]].concat());
}

fn record(world: &World, lab: &Lab, content: &str) -> Value {
    let mut export = world.released["exports"][0].clone();
    let url = export["url"].as_str().expect("a URL").to_owned();
    let host = url.split("/ai_lab/").next().expect("a host").to_owned();
    export["key"] = json!(key(lab));
    export["url"] = json!(format!("{host}/{}", key(lab)));
    export["bytes"] = json!(content.len());
    export["sha256"] = json!(sha256(lab, content));
    json!({"schema": "ail/1", "asset_id": lab.asset_id(), "region": "eu-central-1", "exports": [export]})
}

fn sha256(lab: &Lab, content: &str) -> String {
    let script = format!("printf %s '{content}' | sha256sum | cut -c -64");
    let ran = lab.program("/bin/bash").args(["-o", "pipefail", "-c", &script]).run().exits(0);
    ran.stdout_text().trim().to_owned()
}
