//! Resource policies. As a fact, a policy is the list of its statements: so one that somebody
//! added is known as that.

use serde_json::{Value, json};

/// The language of policies that AWS recommends, and that all of ours are in.
const VERSION: &str = "2012-10-17";

/// Nobody reaches it without TLS: the statements.
pub fn only_by_tls(action: &str, resources: &[String]) -> Value {
    canonical(json!([{
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }]))
}

/// Lists in statements mean the same in each order, and one that is alone the same as a list of
/// it. Services give back either: the order of S3's differs from account to account.
fn canonical(statements: Value) -> Value {
    let Value::Array(statements) = statements else {
        return statements;
    };
    let of_statement = |statement| match statement {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, it)| (name, in_order(it))).collect())
        }
        other => other,
    };
    Value::Array(statements.into_iter().map(of_statement).collect())
}

/// Each list in it, and in what it holds.
fn in_order(value: Value) -> Value {
    match value {
        Value::Array(mut values) => {
            values.sort_by_key(Value::to_string);
            match values.len() {
                1 => values.remove(0),
                _ => Value::Array(values),
            }
        }
        Value::Object(members) => {
            members.into_iter().map(|(name, it)| (name, in_order(it))).collect()
        }
        one => one,
    }
}

/// A policy as a fact. One in another language, in which the same words can mean something
/// else, stays as it is, and so differs as a whole.
pub fn statements(document: Value) -> Value {
    let Value::Object(mut policy) = document else {
        return document;
    };
    if policy.get("Version").and_then(Value::as_str) != Some(VERSION) {
        return Value::Object(policy);
    }
    match policy.remove("Statement") {
        Some(Value::Array(none)) if none.is_empty() => Value::Null,
        Some(Value::Array(statements)) => canonical(Value::Array(statements)),
        Some(one) => canonical(json!([one])),
        None => Value::Null,
    }
}

/// The policy that a fact tells of.
pub fn document(statements: &Value) -> Value {
    match statements {
        Value::Array(_) => json!({"Version": VERSION, "Statement": statements}),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_list_and_whether_one_is_a_list_mean_nothing() {
        let bucket = ["arn:aws:s3:::b".to_owned(), "arn:aws:s3:::b/*".to_owned()];
        let ours = only_by_tls("s3:*", &bucket);
        let mut told = ours.clone();
        told[0]["Resource"] = json!([bucket[1], bucket[0]]);
        told[0]["Action"] = json!(["s3:*"]);
        told[0]["Condition"]["Bool"]["aws:SecureTransport"] = json!(["false"]);
        assert_eq!(statements(json!({"Version": VERSION, "Statement": told})), ours);
        told[0]["Principal"] = json!({"AWS": ["2", "1"]});
        let somebody = statements(json!({"Version": VERSION, "Statement": told}));
        assert_eq!(somebody[0]["Principal"], json!({"AWS": ["1", "2"]}));
        assert_ne!(somebody, ours);
    }

    #[test]
    fn a_policy_is_its_statements_and_back() {
        let ours = only_by_tls("sqs:*", &["arn:aws:sqs:x:1:q".to_owned()]);
        assert_eq!(statements(document(&ours)), ours);
        let one = json!({"Version": VERSION, "Id": "x", "Statement": ours[0]});
        assert_eq!(statements(one), ours);
        let old = json!({"Version": "2008-10-17", "Statement": ours});
        assert_eq!(statements(old.clone()), old);
        assert_eq!(statements(json!("no JSON")), json!("no JSON"));
        assert_eq!(document(&Value::Null), Value::Null);
    }
}
