//! Where what there is differs from what there shall be.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Facts, Kind};

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

/// A difference as findings tell it: what is not there is missing, what shall not be there is
/// extra, and of a list only the elements of which that is so.
pub fn told(difference: Difference) -> Vec<(Kind, Difference)> {
    let Difference { fact, expected, found } = difference;
    let of = |expected, found| Difference { fact: fact.clone(), expected, found };
    let (wanted, there) = match (&expected, &found) {
        (_, Value::Null) => return vec![(Kind::Missing, of(expected, found))],
        (Value::Null, _) => return vec![(Kind::Extra, of(expected, found))],
        (Value::Array(wanted), Value::Array(there)) => (wanted, there),
        _ => return vec![(Kind::Changed, of(expected, found))],
    };
    let beyond = |these: &[Value], those: &[Value]| -> Vec<Value> {
        these.iter().filter(|one| !those.contains(one)).cloned().collect()
    };
    let (missing, extra) = (beyond(wanted, there), beyond(there, wanted));
    if missing.is_empty() && extra.is_empty() {
        // The same in another order, or another number of times.
        return vec![(Kind::Changed, of(expected, found))];
    }
    let of_some = |kind, list: Vec<Value>| match kind {
        _ if list.is_empty() => None,
        Kind::Missing => Some((kind, of(Value::from(list), Value::Null))),
        _ => Some((kind, of(Value::Null, Value::from(list)))),
    };
    [(Kind::Missing, missing), (Kind::Extra, extra)]
        .into_iter()
        .filter_map(|(kind, list)| of_some(kind, list))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_list_it_is_told_what_is_missing_and_what_is_extra() {
        let told = |expected: Value, found: Value| -> Vec<(Kind, Value, Value)> {
            let difference = Difference { fact: "rules".to_owned(), expected, found };
            let told = super::told(difference).into_iter();
            told.map(|(kind, one)| (kind, one.expected, one.found)).collect()
        };
        let none = Value::Null;
        assert_eq!(
            told(json!(["a", "b"]), json!(["b", "c"])),
            [
                (Kind::Missing, json!(["a"]), none.clone()),
                (Kind::Extra, none.clone(), json!(["c"]))
            ]
        );
        assert_eq!(told(json!([]), json!(["c"])), [(Kind::Extra, none.clone(), json!(["c"]))]);
        assert_eq!(
            told(json!(["a", "b"]), json!(["b", "a"])),
            [(Kind::Changed, json!(["a", "b"]), json!(["b", "a"]))]
        );
        assert_eq!(told(json!(7), none.clone()), [(Kind::Missing, json!(7), none.clone())]);
        assert_eq!(told(none.clone(), json!("x")), [(Kind::Extra, none, json!("x"))]);
        assert_eq!(told(json!(7), json!(8)), [(Kind::Changed, json!(7), json!(8))]);
    }
}
