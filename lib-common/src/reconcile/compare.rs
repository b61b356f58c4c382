//! Where what there is differs from what there shall be.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Facts;

/// One fact that is not as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The name of the fact (`cidr`).
    pub fact: String,
    /// What it shall be.
    pub expected: Value,
    /// What it is; null where it is not there.
    pub found: Value,
}

/// The facts of a wish that are not so, in the order of the wish.
pub fn differences(wish: &Facts, found: &Facts) -> Vec<Difference> {
    wish.iter()
        .filter(|(fact, expected)| !same(expected, found.get(*fact)))
        .map(|(fact, expected)| Difference {
            fact: fact.clone(),
            expected: expected.clone(),
            found: found.get(fact).cloned().unwrap_or(Value::Null),
        })
        .collect()
}

/// A wish for null is a wish for nothing.
fn same(expected: &Value, found: Option<&Value>) -> bool {
    found.unwrap_or(&Value::Null) == expected
}
