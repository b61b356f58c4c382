//! Whether a policy lets its holder do something to the team's resources.
//!
//! Conditions, boundaries and denials of less than everything are left aside: what may reach the
//! team is told, and a person judges.

use serde_json::Value;

/// The resources of a team, as policies name them.
#[derive(Clone, Debug, Default)]
pub struct Reach(Vec<String>);

/// Actions that only look, by how their names begin.
const LOOKS: [&str; 3] = ["describe", "list", "get"];

/// Of these, looking takes something away.
const LEAKS: [&str; 2] = ["s3", "sts"];

impl Reach {
    /// These ARNs. In place of what is not known, such as the id of an instance, they have a word
    /// that a pattern of anything takes in.
    pub fn new(arns: impl IntoIterator<Item = String>) -> Self {
        Self(arns.into_iter().collect())
    }

    /// Whether a policy's document allows anything on one of them.
    pub fn is_within(&self, document: &Value) -> bool {
        statements(document).iter().any(|statement| self.is_allowed_by(statement))
    }

    fn is_allowed_by(&self, statement: &Value) -> bool {
        if statement["Effect"] != "Allow" {
            return false;
        }
        self.0.iter().any(|arn| {
            let on = match &statement["Resource"] {
                // All but some: which, nobody has to know.
                Value::Null => statement.get("NotResource").is_some(),
                patterns => texts(patterns).any(|pattern| matches(pattern, arn)),
            };
            let service = arn.split(':').nth(2).unwrap_or_default();
            let does = match &statement["Action"] {
                Value::Null => statement.get("NotAction").is_some(),
                patterns => texts(patterns).any(|pattern| is_deed(pattern, service)),
            };
            on && does
        })
    }
}

/// Whether a policy's document denies everything, on no condition: then nothing else that its
/// holder has counts, and nothing that others grant to it (IAM User Guide, "Policy evaluation
/// logic").
pub fn denies_everything(document: &Value) -> bool {
    statements(document).iter().any(|statement| {
        let is_bare = statement.get("Condition").is_none();
        let on_all = texts(&statement["Resource"]).any(|pattern| pattern == "*");
        let does_all = texts(&statement["Action"]).any(|pattern| ["*", "*:*"].contains(&pattern));
        statement["Effect"] == "Deny" && is_bare && on_all && does_all
    })
}

fn statements(document: &Value) -> &[Value] {
    match &document["Statement"] {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    }
}

/// Whether the pattern of an action takes in one of this service that changes or takes something.
fn is_deed(pattern: &str, service: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    match pattern.split_once(':') {
        None => pattern == "*",
        Some((of, name)) => {
            let looks = LOOKS.iter().any(|look| name.starts_with(look));
            matches(of, service) && (!looks || LEAKS.contains(&service))
        }
    }
}

/// A text, or several.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let several = value.as_array().map(Vec::as_slice).unwrap_or(std::slice::from_ref(value));
    several.iter().filter_map(Value::as_str)
}

/// Whether a pattern with `*` and `?` takes in a text.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    (p, t) = (place + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn reach() -> Reach {
        Reach::new(["arn:aws:sqs:eu-central-1:1:input", "arn:aws:s3:::images/x"].map(str::to_owned))
    }

    fn allow(action: Value, resource: Value) -> Value {
        json!({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
    }

    #[test]
    fn what_reaches_the_team_is_told_from_what_does_not() {
        for within in [
            allow(json!("*"), json!("*")),
            allow(json!("sqs:PurgeQueue"), json!("arn:aws:sqs:*:1:in*")),
            allow(json!(["ec2:*", "SQS:*"]), json!(["*"])),
            allow(json!("s3:GetObject"), json!("arn:aws:s3:::images/?")),
            json!({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}),
        ] {
            assert!(reach().is_within(&within), "{within}");
        }
        for without in [
            allow(json!("sqs:PurgeQueue"), json!("arn:aws:sqs:*:1:others")),
            allow(json!("sqs:ListQueues"), json!("*")),
            allow(json!("ec2:*"), json!("*")),
            json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}),
            json!("nothing"),
        ] {
            assert!(!reach().is_within(&without), "{without}");
        }
    }

    #[test]
    fn only_what_denies_everything_always_denies_everything() {
        let deny = json!({"Effect": "Deny", "Action": ["*"], "Resource": "*"});
        let with = |member: &str, value: Value| {
            let mut statement = deny.clone();
            statement[member] = value;
            json!({"Version": "2012-10-17", "Statement": statement})
        };
        assert!(denies_everything(&json!({"Statement": [{"Effect": "Allow"}, deny.clone()]})));
        assert!(denies_everything(&with("Action", json!("*:*"))));
        for less in [
            with("Effect", json!("Allow")),
            with("Action", json!("s3:*")),
            with("Resource", json!(["arn:aws:s3:::*"])),
            with("Condition", json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})),
            json!({"Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}}),
            Value::Null,
        ] {
            assert!(!denies_everything(&less), "{less}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_taken_in_by_itself_and_by_parts_of_itself(
            text in "[a-c:/]{0,12}", cut in 0usize..13,
        ) {
            let cut = cut.min(text.len());
            prop_assert!(matches(&text, &text));
            let pattern = format!("{}*{}", &text[..cut], &text[cut..]);
            prop_assert!(matches(&pattern, &text));
            let longer = format!("{text}d");
            prop_assert!(!matches(&text, &longer));
        }
    }
}
