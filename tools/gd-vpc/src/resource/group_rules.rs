//! Whom a security group lets in and out.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::IpPermission;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::Difference;
use serde_json::Value;

use crate::rule::Rule;
use crate::site::Site;

/// The rules as a fact, in order.
pub fn texts(permissions: &[IpPermission]) -> Value {
    let rules: BTreeSet<_> = permissions.iter().flat_map(Rule::of).collect();
    Value::from(rules.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn rules(fact: &Value) -> BTreeSet<Rule> {
    let texts = fact.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.filter_map(|text| text.parse().ok()).collect()
}

/// The call that mends a part of a wrong list of rules.
pub fn call(wrong: &Difference) -> Option<&'static str> {
    match (wrong.fact.as_str(), wrong.expected.is_null()) {
        ("ingress", false) => Some("ec2:AuthorizeSecurityGroupIngress"),
        ("ingress", true) => Some("ec2:RevokeSecurityGroupIngress"),
        ("egress", false) => Some("ec2:AuthorizeSecurityGroupEgress"),
        ("egress", true) => Some("ec2:RevokeSecurityGroupEgress"),
        _ => None,
    }
}

/// Whether more come in than shall.
pub fn opens(wrong: &Difference) -> bool {
    wrong.fact == "ingress" && !rules(&wrong.found).is_subset(&rules(&wrong.expected))
}

/// What is in the first and not in the second, as EC2 takes it.
fn changes(these: &BTreeSet<Rule>, those: &BTreeSet<Rule>) -> Vec<IpPermission> {
    these.difference(those).map(Rule::permission).collect()
}

/// Opens what is missing before it closes what is too much: nobody is cut off between.
pub async fn set_ingress(site: &Site, id: &str, wrong: &Difference) -> Result<()> {
    let (wanted, there) = (rules(&wrong.expected), rules(&wrong.found));
    let (missing, extra) = (changes(&wanted, &there), changes(&there, &wanted));
    if !missing.is_empty() {
        let call = site.ec2.authorize_security_group_ingress().group_id(id);
        let call = call.set_ip_permissions(Some(missing));
        let operation = "AuthorizeSecurityGroupIngress";
        once_known(|| async { call.clone().send().await.during(operation) })
            .await
            .explain(|| site.cannot(&format!("add rules to {id}")))?;
    }
    if !extra.is_empty() {
        let call = site.ec2.revoke_security_group_ingress().group_id(id);
        let call = call.set_ip_permissions(Some(extra));
        let operation = "RevokeSecurityGroupIngress";
        once_known(|| async { call.clone().send().await.during(operation) })
            .await
            .explain(|| site.cannot(&format!("remove rules of {id}")))?;
    }
    Ok(())
}

/// As [`set_ingress`], for what goes out.
pub async fn set_egress(site: &Site, id: &str, wrong: &Difference) -> Result<()> {
    let (wanted, there) = (rules(&wrong.expected), rules(&wrong.found));
    let (missing, extra) = (changes(&wanted, &there), changes(&there, &wanted));
    if !missing.is_empty() {
        let call = site.ec2.authorize_security_group_egress().group_id(id);
        let call = call.set_ip_permissions(Some(missing));
        let operation = "AuthorizeSecurityGroupEgress";
        once_known(|| async { call.clone().send().await.during(operation) })
            .await
            .explain(|| site.cannot(&format!("add rules to {id}")))?;
    }
    if !extra.is_empty() {
        let call = site.ec2.revoke_security_group_egress().group_id(id);
        let call = call.set_ip_permissions(Some(extra));
        let operation = "RevokeSecurityGroupEgress";
        once_known(|| async { call.clone().send().await.during(operation) })
            .await
            .explain(|| site.cannot(&format!("remove rules of {id}")))?;
    }
    Ok(())
}
