//! Names: the address that was checked is the one that is connected to.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use tests::{Ran, Tool};

use crate::name_server::{Answers, NameServer};
use crate::site::Site;
use crate::stage::Stage;

/// Addresses that only this file uses: the name server's, an allowed one, a forbidden one.
const NAMES: Ipv4Addr = Ipv4Addr::new(127, 0, 81, 53);
const ALLOWED: Ipv4Addr = Ipv4Addr::new(127, 0, 81, 1);
const FORBIDDEN: Ipv4Addr = Ipv4Addr::new(127, 0, 81, 2);

/// The worker, with our name server as that of its system.
fn with_name_server(stage: &Stage, port: u16) -> Tool {
    let file = stage.lab.home().join("resolv.conf");
    std::fs::write(&file, format!("nameserver {NAMES}\n")).expect("a file can be written");
    let script = "mount --bind \"$0\" /etc/resolv.conf && exec gd-worker \"$@\"";
    let tool = stage.lab.program("/usr/bin/unshare").args(["--mount", "sh", "-c", script]);
    stage
        .named(tool.args([&file]))
        .env("GD_PORTS", port.to_string())
        .env("GD_ALLOW_ADDRESSES", format!("{ALLOWED}/32"))
}

fn line(ran: &Ran) -> Value {
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:#?}"))
}

#[test]
fn a_name_that_changes_its_address_gives_none_but_the_checked_one() {
    let stage = Stage::new();
    let allowed = Site::start(&format!("{ALLOWED}:0"));
    let port = allowed.port();
    let forbidden = Site::start(&format!("{FORBIDDEN}:{port}"));
    let names = NameServer::start(
        NAMES,
        vec![
            // At the first look-up the one, at each later one the other.
            ("rebinds.test", Answers::In(vec![vec![ALLOWED], vec![FORBIDDEN]])),
            ("mixed.test", Answers::In(vec![vec![ALLOWED, FORBIDDEN]])),
            ("stumbles.test", Answers::Fault),
        ],
    );
    let url = |name: &str, path: &str| format!("http://{name}:{port}/{path}");
    let refused = format!("its address {FORBIDDEN} is not a public one");
    let worker = || with_name_server(&stage, port).args(["--max-jobs", "1"]);

    stage.send([url("rebinds.test", "red.jpg")]);
    let ran = worker().run().exits(0);
    assert_eq!(line(&ran)["outcome"], "made", "{ran:#?}");
    assert_eq!(names.asked("rebinds.test"), 1);

    let urls = ["rebinds.test", "mixed.test", "unknown.test"].map(|name| url(name, "tall.jpg"));
    stage.send([urls.join("\n")]);
    let ran = worker().run().exits(0);
    let told = line(&ran);
    assert_eq!(told["outcome"], "dead");
    assert_eq!(
        told["failed"],
        json!([
            {"url": urls[0], "reason": refused},
            {"url": urls[1], "reason": refused},
            {"url": urls[2], "reason": "the name unknown.test is not known"},
        ])
    );
    assert_eq!(allowed.asked(), ["red.jpg"]);
    assert_eq!(forbidden.asked(), [""; 0]);

    // A name server that fails may not fail the next time.
    stage.send([url("stumbles.test", "red.jpg")]);
    let ran = worker().run().exits(0);
    let told = line(&ran);
    assert_eq!(told["outcome"], "returned");
    assert_eq!(told["reason"], "the name stumbles.test cannot be looked up at the moment");
}
