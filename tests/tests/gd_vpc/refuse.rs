//! What is refused, and how that reads.

use serde_json::json;
use tests::{Fault, Lab};

use crate::stage::{Stage, at, whole};

#[test]
fn bad_input_is_refused_before_a_call() {
    let stage = Stage::new();
    let ran = stage.vpc(&["up"]).env_remove("AIL_SSH_CIDR").run().exits(2).stdout("");
    ran.stderr(
        "gd-vpc: who may reach the bastion is not said\n  next: give --admin-cidr, such as \
         203.0.113.7/32, or set AIL_SSH_CIDR\n",
    );
    for wrong in [
        &["up", "--admin-cidr", "everybody"][..],
        &["up", "--zones", "3"],
        &["up", "--nat", "router"],
        &["up", "--key-name", "mine"],
        &["up", "--team", "Red Team"],
    ] {
        stage.vpc(wrong).run().exits(2).stdout("");
    }
    stage.vpc(&["verify"]).stdin("").run().exits(65).stdout("");
    let record = json!({"schema": "ail/1", "network": {"vpc": 7}});
    stage.vpc(&["verify"]).record(&record).run().exits(65).stdout("");
    let key = ["up", "--key-name", "mine", "--key-file", "/nowhere"];
    stage.vpc(&key).run().exits(65).stdout("");
    assert_eq!(stage.lab.calls(), [""; 0]);
}

#[test]
fn what_cannot_be_chosen_fails_before_anything_is_made() {
    let stage = Stage::new();
    let ran = stage.vpc(&["up"]).env("AIL_SOURCE_NAME", "no-such-*").run().exits(66).stdout("");
    assert!(ran.stderr_text().contains("no image no-such-* of 136693071363"), "{ran:#?}");
    assert!(!stage.lab.mutating_calls().iter().any(|call| call == "CreateVpc"));
    stage.down();
}

#[test]
fn a_vpc_with_something_of_others_stays() {
    let stage = Stage::new();
    let record = stage.up();
    let vpc = at(&record, "/network/vpc");
    let group = ["ec2", "create-security-group", "--vpc-id", vpc, "--group-name", "theirs"];
    let group = stage.lab.aws(&[&group[..], &["--description", "theirs"]].concat());
    let made = stage.lab.mutating_calls().len();
    let ran = stage.vpc(&["down", "--yes"]).record(&record).run().exits(73).stdout("");
    ran.stderr(
        "gd-vpc: cannot delete vpc-…: something else is in it (eu-central-1)\n  \
         security group sg-…\n  \
         next: take that down first, such as by `gd-fleet down`; nothing was deleted\n",
    );
    assert_eq!(stage.lab.mutating_calls().len(), made);
    assert_eq!(stage.counts(), whole());
    stage.lab.aws(&["ec2", "delete-security-group", "--group-id", at(&group, "/GroupId")]);
    stage.down();
}

/// One call after the other may not be made: exactly what only it can read is unreadable.
#[test]
fn one_call_that_may_not_be_made_hides_nothing_else() {
    let stage = Stage::new();
    let record = stage.up();
    for (operation, hidden) in [
        ("DescribeVpcEndpoints", &["unreadable vpc endpoints"][..]),
        ("DescribeVpcPeeringConnections", &["unreadable vpc peering connections"]),
        ("DescribeTransitGatewayVpcAttachments", &["unreadable vpc transit gateway attachments"]),
        ("DescribeVpnGateways", &["unreadable vpc vpn gateways"]),
        ("DescribeEgressOnlyInternetGateways", &["unreadable vpc egress-only internet gateways"]),
        ("DescribeNetworkInterfaces", &["unreadable vpc network interfaces"]),
        ("DescribeDhcpOptions", &["unreadable dhcp-options -"]),
        ("DescribeKeyPairs", &["unreadable key-pair -"]),
        ("DescribeNatGateways", &["unreadable nat-gateway -", "unreadable vpc nat gateways"]),
        (
            "DescribeInternetGateways",
            &["unreadable internet-gateway -", "unreadable vpc internet gateways"],
        ),
    ] {
        // Under an access key of its own, so that what is left of the faults strikes nobody.
        let reader = Stage { lab: Lab::new(), team: stage.team.clone() };
        reader.lab.fault(&Fault {
            operation,
            times: 20,
            status: 403,
            code: "UnauthorizedOperation",
            message: "You are not authorized to perform this operation.",
            ..Fault::default()
        });
        let mut found = reader.findings(&record);
        found.sort();
        assert_eq!(found, hidden, "without {operation}");
    }
}

#[test]
fn what_may_not_be_read_is_unreadable_and_the_rest_is_checked() {
    let stage = Stage::new();
    let record = stage.up();
    let deny = || {
        stage.lab.fault(&Fault {
            operation: "DescribeSecurityGroups",
            times: 9,
            status: 403,
            code: "UnauthorizedOperation",
            message: "You are not authorized to perform this operation.",
            ..Fault::default()
        });
    };
    deny();
    let found = stage.findings(&record);
    assert!(found.contains(&"unreadable nat-security-group -".to_owned()), "{found:?}");
    assert!(!found.iter().any(|one| one.starts_with("missing")), "{found:?}");
    deny();
    let made = stage.lab.mutating_calls().len();
    stage.vpc(&["repair"]).record(&record).run().exits(77).stdout("");
    assert_eq!(stage.lab.mutating_calls().len(), made);
}
