//! What the tests stand on: things with asset ids, and short ways to ask for them.

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// Another region, for what looks at everything in its region.
pub const ELSEWHERE: &str = "us-west-2";
/// The run that made the things of `make.py`.
pub const RUN: &str = "00c0ffee";

/// Makes something of this test's asset id; see `make.py`. What makes it is not this test's
/// tools, so its calls are counted elsewhere.
pub fn make(lab: &Lab, thing: &str, arguments: &[&str]) -> Value {
    make_in(lab, "eu-central-1", thing, arguments)
}

/// The same in another region.
pub fn make_in(lab: &Lab, region: &str, thing: &str, arguments: &[&str]) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ail_assets/make.py");
    lab.program("/bin/sh")
        .args(["-c", "exec python \"$0\" \"$@\"", script, thing, &lab.asset_id()])
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "maker")
        .env("AWS_REGION", region)
        .env("AWS_DEFAULT_REGION", region)
        .run()
        .exits(0)
        .json()
}

/// A verb on this test's asset id, which a record names.
pub fn assets(lab: &Lab, verb: &str) -> Tool {
    let record = json!({"schema": "ail/1", "asset_id": lab.asset_id()});
    lab.tool("ail-assets").args([verb]).record(&record)
}

/// The types of lines, in their order.
pub fn types(lines: &[Value]) -> Vec<&str> {
    strings(lines, "type")
}

/// A member of each line.
pub fn strings<'a>(lines: &'a [Value], member: &str) -> Vec<&'a str> {
    lines.iter().map(|line| line[member].as_str().unwrap_or("null")).collect()
}

/// The text of a member.
pub fn text<'a>(made: &'a Value, member: &str) -> &'a str {
    made[member].as_str().unwrap_or_else(|| panic!("no {member} in {made}"))
}

/// Writes the file of a key of this test's asset id.
pub fn key_file(lab: &Lab, run: &str) -> std::path::PathBuf {
    std::fs::create_dir_all(lab.state()).expect("a directory can be made");
    let path = lab.state().join(format!("ail-{}-{run}", lab.asset_id()));
    std::fs::write(&path, "secret").expect("a file can be written");
    path
}
