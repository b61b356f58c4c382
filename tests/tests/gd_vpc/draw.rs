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
    assert!(draw("svg").contains("no default route"));
}
