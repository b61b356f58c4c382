//! The network as a picture.

use serde_json::json;

use crate::stage::{Stage, at};

#[test]
fn the_picture_is_of_what_is_there_now() {
    let stage = Stage::new();
    let ran = stage.vpc(&["draw"]).run().exits(66).stdout("");
    assert!(ran.stderr_text().contains("has no VPC in eu-central-1"), "{ran:#?}");
    let record = stage.up();
    let network = &record["network"];
    let nat = at(network, "/nat/id");
    let private = at(network, "/private_subnets/0/id");
    let draw = |format: &str| {
        let ran = stage.vpc(&["draw", "--format", format]).record(&record).run().exits(0);
        ran.stdout_text().to_owned()
    };
    let mermaid = draw("mermaid");
    assert!(mermaid.starts_with("flowchart TB\n"), "{mermaid}");
    assert!(mermaid.contains(&format!("  {private} -->|0.0.0.0/0| {nat}\n")), "{mermaid}");
    assert!(draw("dot").contains(&format!("  \"{private}\" -> \"{nat}\" [ltail=")));
    let svg = draw("svg");
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{svg}");
    for told in [nat, private, "in tcp 443 10.0.1.0/24", "NAT Security Group"] {
        assert!(svg.contains(told), "no {told} in {svg}");
    }
    let table = at(network, "/route_tables/private/0");
    let route = json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"});
    stage.call(&json!([["delete_route", route]]));
    assert!(draw("mermaid").lines().all(|line| !line.contains(&format!("{private} -->"))));
}

#[test]
fn damage_is_shown_in_form_and_words_beside_its_colour() {
    let stage = Stage::new();
    let record = stage.up();
    let network = &record["network"];
    let (group, nat) = (at(network, "/nat/security_group"), at(network, "/nat/id"));
    let rule = |port: u16, cidr: &str| {
        json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": port,
            "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}]})
    };
    let draw = |format: &str| {
        let ran = stage.vpc(&["draw", "--format", format]).record(&record).run().exits(0);
        ran.stdout_text().to_owned()
    };
    for format in ["svg", "text"] {
        let whole = draw(format);
        assert!(!whole.contains("<- ") && !whole.contains("note-missing\""), "{whole}");
    }
    let made = stage.call(&json!([
        ["authorize_security_group_ingress", rule(3389, "0.0.0.0/0")],
        ["revoke_security_group_ingress", rule(443, "10.0.1.0/24")],
        ["create_subnet", {"VpcId": at(network, "/vpc"), "CidrBlock": "10.0.66.0/24",
            "AvailabilityZone": "eu-central-1a"}],
        ["delete_route", {"RouteTableId": at(network, "/route_tables/private/0"),
            "DestinationCidrBlock": "0.0.0.0/0"}],
        ["terminate_instances", {"InstanceIds": [nat]}],
        ["wait.instance_terminated", {"InstanceIds": [nat]}],
    ]));
    let theirs = at(&made, "/2/Subnet/SubnetId");
    let text = draw("text");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    for told in [
        format!("- │     0.0.0.0/0 to {nat}  <- missing\n"),
        format!("- │     nat-instance {nat}  <- missing\n"),
        "-     in tcp 443 10.0.1.0/24  <- missing\n".to_owned(),
        "+     in tcp 3389 0.0.0.0/0  <- extra\n".to_owned(),
        format!("~ NAT Security Group {group}  <- changed: ingress\n"),
        format!("{theirs} in eu-central-1a  <- extra\n"),
        "critical: missing instance nat-instance".to_owned(),
    ] {
        assert!(text.contains(&told), "no {told} in {text}");
    }
    let svg = draw("svg");
    for told in [
        "class=\"machine missing\"",
        "class=\"way missing\"",
        "class=\"private extra\"",
        ">missing: in tcp 443 10.0.1.0/24<",
        ">extra: in tcp 3389 0.0.0.0/0<",
        "stroke-dasharray",
    ] {
        assert!(svg.contains(told), "no {told} in {svg}");
    }
}
