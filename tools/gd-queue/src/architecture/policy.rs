//! Resource policies.

use serde_json::{Value, json};

/// Nobody reaches it without TLS.
pub fn only_by_tls(action: &str, resources: &[String]) -> Value {
    let resource = match resources {
        // As the service gives back a list of one.
        [one] => json!(one),
        several => json!(several),
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "DenyInsecureTransport",
            "Effect": "Deny",
            "Principal": "*",
            "Action": action,
            "Resource": resource,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }],
    })
}
