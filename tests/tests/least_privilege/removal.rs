//! What it takes to list what was released, and to remove what a release that was
//! interrupted had made.

use tests::Lab;

use crate::world::{Found, World};

const LIST: &str = "ail-assets list";
const REMOVE: &str = "ail-assets rm";

pub fn listing(world: &World) -> Vec<Found> {
    let list = |kind: &str| world.on_release("ail-assets", &["list", "--type", kind]);
    // Which run made an object stands in its tags.
    let of_a_run = ["rm", "--yes", "--type", "object", "--run", "00c0ffee"];
    let of_a_run = world.on_release("ail-assets", &of_a_run);
    vec![
        world.denied("cloudformation:ListStacks", LIST, list("stack")),
        world.denied("ec2:DescribeSnapshots", LIST, list("snapshot")),
        world.denied("s3:ListBucketVersions", LIST, list("object")),
        world.denied("s3:GetObjectTagging", REMOVE, of_a_run),
    ]
}

/// What is refused is left, and told: at last, because it is the release itself.
pub fn removing(world: &World) -> Vec<Found> {
    let lab = Lab::new();
    let tag = format!("Tags=[{{Key=ail:asset-id,Value={}}}]", lab.asset_id());
    let volume = ["ec2", "create-volume", "--size", "1", "--availability-zone", "eu-central-1a"];
    let tagged = format!("ResourceType=volume,{tag}");
    let made = lab.aws(&[&volume[..], &["--tag-specifications", &tagged]].concat());
    let id = made["VolumeId"].as_str().expect("a volume");
    let tagged = format!("ResourceType=snapshot,{tag}");
    lab.aws(&["ec2", "create-snapshot", "--volume-id", id, "--tag-specifications", &tagged]);

    let own = |kind: &str| {
        lab.tool("ail-assets").args(["rm", "--yes", "--asset-id", &lab.asset_id(), "--type", kind])
    };
    let of_release = |kind: &str| world.on_release("ail-assets", &["rm", "--yes", "--type", kind]);
    vec![
        world.denied("ec2:DeleteSnapshot", REMOVE, own("snapshot")),
        world.denied("ec2:DeleteVolume", REMOVE, own("volume")),
        world.denied("ec2:DeregisterImage", REMOVE, of_release("image")),
        world.denied("ec2:DeleteTags", REMOVE, of_release("export-task")),
    ]
}
