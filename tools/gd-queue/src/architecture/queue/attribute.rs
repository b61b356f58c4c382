//! Attributes as facts. They are all text; what they say is JSON, but for words.

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use crate::architecture::policy;

/// The fact of an attribute. Nothing is null.
pub fn fact(name: &QueueAttributeName, text: &str) -> Value {
    let said = match text {
        "" => Value::Null,
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    };
    match name {
        QueueAttributeName::Policy => policy::statements(said),
        _ => said,
    }
}

/// The text of a fact as the API takes it.
pub fn text(name: &QueueAttributeName, fact: &Value) -> String {
    match (name, fact) {
        (_, Value::Null) => String::new(),
        (_, Value::String(text)) => text.clone(),
        (QueueAttributeName::Policy, statements) => policy::document(statements).to_string(),
        (_, other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_attribute_is_what_it_says() {
        let name = QueueAttributeName::RedrivePolicy;
        for (said, value) in [
            ("90", json!(90)),
            ("true", json!(true)),
            ("alias/aws/sqs", json!("alias/aws/sqs")),
            ("{\"maxReceiveCount\":5}", json!({"maxReceiveCount": 5})),
        ] {
            assert_eq!(fact(&name, said), value);
            assert_eq!(text(&name, &value), said);
        }
        assert_eq!((fact(&name, ""), text(&name, &Value::Null)), (Value::Null, String::new()));
        let policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\"}]}";
        let statements = fact(&QueueAttributeName::Policy, policy);
        assert_eq!(statements, json!([{"Effect": "Deny"}]));
        assert_eq!(text(&QueueAttributeName::Policy, &statements), policy);
    }
}
