//! What `gd-attack list` tells.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use tests::Lab;

/// Each attack by its name, as the tool lists it.
pub static LISTED: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    in_order().into_iter().map(|attack| (text(&attack, "name").to_owned(), attack)).collect()
});

/// All attacks in the order of the tool.
pub fn in_order() -> Vec<Value> {
    Lab::new().tool("gd-attack").args(["list", "--output", "ndjson"]).run().exits(0).lines()
}

/// A member that is text; nothing for null.
pub fn text<'a>(of: &'a Value, member: &str) -> &'a str {
    of[member].as_str().unwrap_or_default()
}

/// What is told of a finding, by an attack or by `verify`: `changed vpc dns_support`.
pub fn finding(of: &Value) -> String {
    let words = ["finding", "resource", "attribute"].map(|member| text(of, member));
    words.join(" ").trim_end().to_owned()
}
