//! What a passing stack takes, from the first look to the last deletion.

use tests::{Fault, Lab, Tool};

use crate::world::{Found, World};

const UP: &str = "ail-stack run";

/// A stack that is not there yet: each run ends where its action is missing.
pub fn coming_up(world: &World) -> Vec<Found> {
    let mut found = Vec::new();
    for action in [
        "ec2:DescribeKeyPairs",
        "ec2:ImportKeyPair",
        "ec2:CreateTags",
        "cloudformation:CreateChangeSet",
        "cloudformation:DescribeChangeSet",
        "cloudformation:ExecuteChangeSet",
        "cloudformation:DescribeStackEvents",
        "ec2:CreateSecurityGroup",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RunInstances",
        "ec2:DescribeInstances",
    ] {
        found.push(world.denied(action, UP, up(world, &Lab::new())));
    }
    found.push(reviewed(world));
    found
}

fn up(world: &World, lab: &Lab) -> Tool {
    let size = ["--ssh-cidr", "127.0.0.1/32", "--volume-size", "8"];
    let tool = lab.tool("ail-stack").args(["up", "--kind", "ec2"]).args(size);
    tool.record(&world.source_for(lab))
}

/// A killed run left a stack of which there is a change set, and nothing else.
fn reviewed(world: &World) -> Found {
    let lab = Lab::new();
    let (name, id) = (format!("ail-ec2-{}", lab.asset_id()), lab.asset_id());
    let template = r#"{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}"#;
    let tag = format!("Key=ail:asset-id,Value={id}");
    let set = ["cloudformation", "create-change-set", "--change-set-type", "CREATE"];
    let of = ["--stack-name", &name, "--change-set-name", "killed", "--template-body", template];
    lab.aws(&[&set[..], &of, &["--tags", &tag]].concat());
    world.denied("cloudformation:ListChangeSets", UP, up(world, &lab))
}

/// A stack that is up, and is then taken down: what is refused stays, and is tried again.
pub fn going_down(world: &World) -> Vec<Found> {
    let lab = Lab::new();
    let record = world.as_role(up(world, &lab)).run().record();
    let on = |tool: &str, arguments: &[&str]| lab.tool(tool).args(arguments).record(&record);
    let list = |kind: &str| on("ail-assets", &["list", "--type", kind]);
    let again = |arguments: &[&str]| {
        let size = ["--ssh-cidr", "127.0.0.1/32", "--volume-size", "8"];
        on("ail-stack", &["up", "--kind", "ec2"]).args(size).args(arguments)
    };
    let mut found = vec![
        world.denied("cloudformation:GetTemplate", UP, again(&[])),
        world.denied("ec2:GetConsoleOutput", "ail-provision wait", on("ail-provision", &["wait"])),
        world.denied("ec2:CreateImage", "ail-ami create", on("ail-ami", &["create"])),
        world.denied("cloudformation:ListStackResources", "ail-assets rm", list("stack")),
        world.denied("ec2:DescribeSecurityGroups", "ail-assets list", list("security-group")),
        world.denied("ec2:DescribeVolumes", "ail-assets list", list("volume")),
    ];
    found.push(changed(world, again(&["--jupyter-port", "50000", "--yes"])));
    let down = || on("ail-stack", &["down", "--yes"]);
    for action in [
        "cloudformation:DeleteStack",
        "ec2:TerminateInstances",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteKeyPair",
    ] {
        found.push(world.denied(action, UP, down()));
    }
    world.as_role(down()).run().exits(0);
    found
}

/// A change that cannot be made leaves its change set, if that may not be deleted.
fn changed(world: &World, change: Tool) -> Found {
    let action = "cloudformation:DeleteChangeSet";
    let refused = Fault {
        service: "cloudformation",
        operation: "ExecuteChangeSet",
        code: "InsufficientCapabilitiesException",
        ..Fault::default()
    };
    world.fault(&world.roles.without(action), &refused);
    world.leaves(action, UP, change, 69)
}
