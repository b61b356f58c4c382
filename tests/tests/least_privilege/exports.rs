//! What looking before, exporting and publishing take, on a release that is there.

use serde_json::json;
use tests::{Fault, Tool};

use crate::world::{Found, World};

/// What is known in the first second of a release.
pub fn before(world: &World) -> Vec<Found> {
    let start = json!({"schema": "ail/1", "asset_id": "1.0"});
    let find = world.lab.tool("ail-ami").args(["find", "--name", "debian-12-amd64-*"]);
    let check = || world.lab.tool("ail-export").args(["check"]).record(&start);
    vec![
        world.denied("ec2:DescribeImages", "ail-ami find", find.args(["--owner", "136693071363"])),
        world.denied("cloudformation:DescribeStacks", "ail-export check", check()),
        world.denied("ec2:GetEbsEncryptionByDefault", "ail-export check", check()),
        world.denied("s3:ListBucket", "ail-export check", check()),
        world.denied("s3:GetEncryptionConfiguration", "ail-export check", check()),
        world.denied("iam:GetRole", "ail-export check", check()),
    ]
}

/// Tasks of a format that is not exported yet, and the image for everybody.
pub fn exporting(world: &World) -> Vec<Found> {
    let export = || world.on_release("ail-export", &["run", "--format", "raw"]);
    let publish = || world.on_release("ail-ami", &["publish"]);
    let (run, stage) = ("ail-export run", "ail-ami publish");
    let mut found = vec![
        world.denied("ec2:DescribeExportImageTasks", run, export()),
        world.denied("ec2:ExportImage", run, export()),
        world.denied("iam:PassRole", run, export()),
    ];
    let everybody = ["--image-id", world.image(), "--launch-permission", "Remove=[{Group=all}]"];
    world.lab.aws(&[&["ec2", "modify-image-attribute"][..], &everybody].concat());
    found.extend([
        world.denied("ec2:DescribeImageAttribute", stage, publish()),
        world.denied("ec2:GetImageBlockPublicAccessState", stage, publish()),
        world.denied("ec2:ModifyImageAttribute", stage, publish()),
    ]);
    found.extend(renaming(world));
    found.push(cancelling(world));
    found
}

/// A task that was completed when its run was killed: its object has no name of its own yet.
fn renaming(world: &World) -> Vec<Found> {
    let export = &world.released["exports"][0];
    let task = export["task"].as_str().expect("a task");
    let name = export["key"].as_str().expect("a key");
    let prefix = name.rsplit_once('/').expect("a prefix").0;
    let (bucket, exported) = (world.bucket(), format!("{prefix}/{task}.vhd"));
    // Twelve MiB: in parts of five it is more than one.
    let disk = world.lab.home().join("disk");
    std::fs::write(&disk, vec![7; 12 << 20]).expect("a file");
    let body = disk.to_str().expect("text");
    let s3 = |verb: &str, key: &str, more: &[&str]| {
        world.lab.aws(&[&["s3api", verb, "--bucket", bucket, "--key", key][..], more].concat())
    };
    s3("put-object", &exported, &["--body", body]);
    s3("delete-object", name, &[]);
    let run = || world.on_release("ail-export", &["run", "--format", "vhd"]);
    let in_parts = || run().args(["--copy-part", "5242880"]);
    let stage = "ail-export run";
    let mut found = vec![
        world.denied("s3:GetObject", stage, run()),
        world.denied("s3:PutObject", stage, run()),
        world.denied("s3:PutObjectTagging", stage, run()),
    ];
    // That of a run that was killed while it copied.
    s3("create-multipart-upload", name, &[]);
    let uploads = |tool: Tool| tool.args(["--type", "upload", "--bucket", bucket]);
    found.extend([
        world.denied(
            "s3:ListMultipartUploadParts",
            "ail-assets list",
            uploads(world.on_release("ail-assets", &["list"])),
        ),
        world.denied("s3:ListBucketMultipartUploads", stage, in_parts()),
        world.denied("s3:AbortMultipartUpload", stage, in_parts()),
        world.denied("s3:DeleteObject", stage, run()),
    ]);
    world.as_role(run()).run().exits(0);
    found
}

fn cancelling(world: &World) -> Found {
    // The disk lies there from the release before: without a delay, the task is over in a second.
    let slow = Fault { operation: "ExportImageTask", delay: 5.0, ..Fault::default() };
    world.fault(&world.roles.whole(), &slow);
    let mut running =
        world.as_role(world.on_release("ail-export", &["run", "--format", "raw"])).start();
    running.until_says("raw: started ");
    // As a lost machine would: the task goes on.
    running.kill_session();
    let cancel = || world.on_release("ail-export", &["cancel", "--yes", "--quiet"]);
    let found = world.denied("ec2:CancelExportTask", "ail-export run", cancel());
    world.as_role(cancel()).run().exits(0);
    found
}
