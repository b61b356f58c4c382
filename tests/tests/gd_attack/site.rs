//! A site with pictures, as workers find one on the internet.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;
use tests::Cloud;

/// Of example.com's of old: workers fetch from public addresses only.
const ADDRESS: &str = "93.184.215.14";

/// Serves pictures until this process ends, and gives the URL of one.
pub fn picture() -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/pictures");
    let mut site = Command::new(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/pictures runs");
    let mut port = String::new();
    let mut said = BufReader::new(site.stdout.take().expect("it is piped"));
    said.read_line(&mut port).expect("it prints its port");
    let port: u16 = port.trim().parse().expect("a port");
    let place = json!({"address": ADDRESS, "port": 80, "host_port": port});
    Cloud::shared().control("POST", "/ail-cloud/sites", &place.to_string());
    // It serves until its stdin ends, which is the end of this process.
    std::mem::forget(site);
    format!("http://{ADDRESS}/canary.png")
}
