//! Reading a role's trust policy for what VM Import/Export needs.

use serde_json::Value;

/// The service that exports (VM Import/Export User Guide, "Required service role").
pub const SERVICE: &str = "vmie.amazonaws.com";
/// The external id that it takes the role on with (the same page).
pub const EXTERNAL_ID: &str = "vmimport";

/// What a trust policy says to the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It may take the role on.
    Given,
    /// It may, also where another account's export asks it to.
    WithoutExternalId,
    /// It may not.
    Missing,
}

/// Reads a policy document as GetRole gives it, percent-encoded.
pub fn read(document: &str) -> Trust {
    let decoded = urlencoding::decode(document).unwrap_or_default();
    let policy: Value = serde_json::from_str(&decoded).unwrap_or_default();
    let statements = list(&policy["Statement"]);
    let concerning = |effect: &'static str| {
        let of_effect = statements.iter().filter(move |statement| statement["Effect"] == effect);
        of_effect.filter(|statement| concerns(statement))
    };
    let denied = concerning("Deny").any(|statement| conditions(statement).is_empty());
    let allowed: Vec<_> = concerning("Allow").filter(|s| !wants_another_id(s)).collect();
    match allowed.as_slice() {
        [] => Trust::Missing,
        _ if denied => Trust::Missing,
        // Other conditions, such as aws:SourceAccount, confine it as well.
        some if some.iter().any(|s| !conditions(s).is_empty()) => Trust::Given,
        _ => Trust::WithoutExternalId,
    }
}

/// Whether it is about the service's taking on the role.
fn concerns(statement: &Value) -> bool {
    let services = list(&statement["Principal"]["Service"]);
    let actions = list(&statement["Action"]);
    let action = |action: &&Value| {
        let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
        matches!(action.as_str(), "sts:assumerole" | "sts:assume*" | "sts:*" | "*")
    };
    services.iter().any(|service| *service == SERVICE) && actions.iter().any(action)
}

/// Whether it is open to callers with an external id that is not the service's.
fn wants_another_id(statement: &Value) -> bool {
    conditions(statement)
        .into_iter()
        // The names of condition keys do not depend on case.
        .filter(|(key, _)| key.eq_ignore_ascii_case("sts:externalid"))
        .any(|(_, values)| !values.iter().any(|value| *value == EXTERNAL_ID))
}

/// Key and values of each condition.
fn conditions(statement: &Value) -> Vec<(&str, Vec<&Value>)> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators
        .flat_map(|(_, keys)| keys.as_object().into_iter().flatten())
        .map(|(key, values)| (key.as_str(), list(values)))
        .collect()
}

/// A policy may give one value where it may give a list.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trust(statement: Value) -> Trust {
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        read(&urlencoding::encode(&policy))
    }

    #[test]
    fn the_documented_policy_is_trust() {
        let statement = json!([{
            "Effect": "Allow",
            "Principal": {"Service": "vmie.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:Externalid": "vmimport"}}
        }]);
        assert_eq!(trust(statement), Trust::Given);
    }

    #[test]
    fn one_statement_and_lists_of_values_are_read_too() {
        let statement = json!({
            "Effect": "Allow",
            "Principal": {"Service": ["ec2.amazonaws.com", "vmie.amazonaws.com"]},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEquals": {"sts:ExternalId": ["other", "vmimport"]}}
        });
        assert_eq!(trust(statement), Trust::Given);
    }

    #[test]
    fn what_does_not_reach_the_service_is_no_trust() {
        let allow = |service: &str, action: &str, id: Value| {
            json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": action,
                   "Condition": {"StringEquals": {"sts:Externalid": id}}})
        };
        for statement in [
            json!([]),
            allow("ec2.amazonaws.com", "sts:AssumeRole", json!("vmimport")),
            allow("vmie.amazonaws.com", "sts:TagSession", json!("vmimport")),
            allow("vmie.amazonaws.com", "sts:AssumeRole", json!("other")),
            json!([
                allow("vmie.amazonaws.com", "sts:AssumeRole", json!("vmimport")),
                {"Effect": "Deny", "Principal": {"Service": SERVICE}, "Action": "sts:*"}
            ]),
        ] {
            assert_eq!(trust(statement.clone()), Trust::Missing, "{statement}");
        }
        assert_eq!(read("not a policy"), Trust::Missing);
    }

    #[test]
    fn other_conditions_are_left_to_the_service() {
        let statement = json!({"Effect": "Allow", "Principal": {"Service": SERVICE},
                               "Action": "sts:AssumeRole",
                               "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}});
        assert_eq!(trust(statement), Trust::Given);
    }

    #[test]
    fn trust_without_an_external_id_is_told_apart() {
        let statement = json!({"Effect": "Allow", "Principal": {"Service": SERVICE},
                               "Action": "sts:AssumeRole"});
        assert_eq!(trust(statement), Trust::WithoutExternalId);
    }
}
