//! Resource policies. As a fact, a policy is the list of its statements: so one that somebody
//! added is known as that.

use serde_json::{Value, json};

/// The language of policies that AWS recommends, and that all of ours are in.
const VERSION: &str = "2012-10-17";

/// Nobody reaches it without TLS: the statements.
pub fn only_by_tls(action: &str, resources: &[String]) -> Value {
    let resource = match resources {
        // As the service gives back a list of one.
        [one] => json!(one),
        several => json!(several),
    };
    json!([{
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }])
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
        Some(Value::Array(statements)) => Value::Array(statements),
        Some(one) => json!([one]),
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
