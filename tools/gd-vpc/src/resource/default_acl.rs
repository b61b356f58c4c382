//! The network ACL that came with the VPC: what passes the border of each subnet.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, NetworkAcl as Described, NetworkAclEntry, RuleAction};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_there;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::{Value, json};

use crate::layout::{ANYWHERE, DEFAULT_ACL, VPC};
use crate::site::{Site, facts, filter};

/// The network ACL that came with the VPC. It lets everything pass: the groups say what may.
pub struct DefaultAcl {
    pub site: Arc<Site>,
}

/// The number and the words of the one entry.
const OPEN: (i32, &str) = (100, "100 allow all 0.0.0.0/0");
/// From here on are those that deny whatever no other one names; nobody can change or delete
/// them (VPC User Guide, "Network ACL rules").
const LAST: i32 = 32767;

/// The network ACLs that answer to these filters.
pub async fn described(site: &Site, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let call = site.ec2.describe_network_acls().set_filters(Some(filters));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeNetworkAcls");
    all.explain(|| site.cannot("read the network ACLs"))
}

/// An entry as one text, such as `90 deny tcp 443 0.0.0.0/0`.
fn text(entry: &NetworkAclEntry) -> String {
    let protocol = match entry.protocol().unwrap_or("-1") {
        "-1" => "all",
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        number => number,
    };
    let ports = entry.port_range().and_then(|range| range.from().zip(range.to()));
    let kind = entry.icmp_type_code().and_then(|one| one.r#type().zip(one.code()));
    let what = match ports.or(kind) {
        Some((first, last)) if first == last => format!("{protocol} {first}"),
        Some((first, last)) => format!("{protocol} {first}..{last}"),
        None => protocol.to_owned(),
    };
    let action = entry.rule_action().map_or("deny", RuleAction::as_str);
    let peer = entry.cidr_block().or(entry.ipv6_cidr_block()).unwrap_or_default();
    format!("{} {action} {what} {peer}", entry.rule_number().unwrap_or_default())
}

fn entries(acl: &Described, egress: bool) -> Vec<String> {
    let here = acl.entries().iter().filter(|entry| entry.egress() == Some(egress));
    let here = here.map(|entry| (entry.rule_number().unwrap_or_default(), text(entry)));
    here.filter(|(number, _)| *number < LAST).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn found(acl: &Described) -> Found {
    Found {
        id: acl.network_acl_id().unwrap_or_default().to_owned(),
        facts: facts(json!({"ingress": entries(acl, false), "egress": entries(acl, true)})),
    }
}

impl DefaultAcl {
    async fn of(&self, vpc: &str) -> Result<Vec<Described>> {
        described(&self.site, vec![filter("vpc-id", vpc), filter("default", "true")]).await
    }

    /// Lets everything pass before it takes the other entries off.
    async fn open(&self, id: &str, egress: bool, there: &Value) -> Result<()> {
        let there = there.as_array().into_iter().flatten().filter_map(Value::as_str);
        let number = |text: &str| text.split(' ').next().and_then(|word| word.parse::<i32>().ok());
        let there: Vec<_> = there.filter_map(|text| Some((number(text)?, text))).collect();
        if !there.contains(&OPEN) {
            let taken = there.iter().any(|(number, _)| *number == OPEN.0);
            self.set_open(id, egress, taken).await?;
        }
        for (number, text) in there.iter().filter(|(number, _)| *number != OPEN.0) {
            let call = self.site.ec2.delete_network_acl_entry().network_acl_id(id);
            let answer = call.rule_number(*number).egress(egress).send().await;
            let cannot = || self.site.cannot(&format!("delete the entry {text} of {id}"));
            answer.during("DeleteNetworkAclEntry").explain(cannot)?;
        }
        Ok(())
    }

    async fn set_open(&self, id: &str, egress: bool, taken: bool) -> Result<()> {
        let cannot = || self.site.cannot(&format!("set the entry {} of {id}", OPEN.1));
        if taken {
            let call = self.site.ec2.replace_network_acl_entry().network_acl_id(id);
            let call = call.rule_number(OPEN.0).egress(egress).protocol("-1");
            let call = call.rule_action(RuleAction::Allow).cidr_block(ANYWHERE);
            call.send().await.during("ReplaceNetworkAclEntry").map(drop).explain(cannot)
        } else {
            let call = self.site.ec2.create_network_acl_entry().network_acl_id(id);
            let call = call.rule_number(OPEN.0).egress(egress).protocol("-1");
            let call = call.rule_action(RuleAction::Allow).cidr_block(ANYWHERE);
            call.send().await.during("CreateNetworkAclEntry").map(drop).explain(cannot)
        }
    }
}

#[async_trait]
impl Resource for DefaultAcl {
    fn name(&self) -> &str {
        DEFAULT_ACL
    }

    fn kind(&self) -> &'static str {
        "network acl"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Mend(wrong) if wrong.expected.is_null() => Some("ec2:DeleteNetworkAclEntry"),
            Call::Mend(_) => Some("ec2:CreateNetworkAclEntry"),
            _ => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // It lets everything pass: each change stops something.
            Wrong::Fact(..) => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let acls = match key {
            // The VPC brought it, so it bears no tags.
            Key::Tags => return Ok(Vec::new()),
            Key::Id(id) => described(&self.site, vec![filter("network-acl-id", id)]).await?,
            Key::Nature => self.of(&known.id(VPC)).await?,
        };
        Ok(acls.iter().map(found).collect())
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({"ingress": [OPEN.1], "egress": [OPEN.1]}))
    }

    /// It was made with the VPC.
    async fn create(&self, known: &Known) -> Result<Found> {
        let vpc = known.id(VPC);
        let look = || async { Ok(self.of(&vpc).await?.first().map(found)) };
        once_there(&format!("{vpc} to have a network ACL"), look).await
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            self.open(&it.id, wrong.fact == "egress", &wrong.found).await?;
        }
        Ok(())
    }

    /// It goes with the VPC.
    async fn delete(&self, _it: &Found) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{IcmpTypeCode, PortRange};

    use super::*;

    #[test]
    fn an_entry_reads_as_one_line() {
        let entry = |number: i32, protocol: &str| {
            let entry = NetworkAclEntry::builder().rule_number(number).protocol(protocol);
            entry.egress(false).cidr_block(ANYWHERE).rule_action(RuleAction::Deny)
        };
        let https = PortRange::builder().from(443).to(443).build();
        let echo = IcmpTypeCode::builder().r#type(8).code(-1).build();
        let acl = Described::builder()
            .entries(entry(200, "-1").rule_action(RuleAction::Allow).build())
            .entries(entry(90, "6").port_range(https).build())
            .entries(entry(1000, "1").icmp_type_code(echo).build())
            .entries(entry(32767, "-1").build())
            .build();
        assert_eq!(
            entries(&acl, false),
            [
                "90 deny tcp 443 0.0.0.0/0",
                "200 allow all 0.0.0.0/0",
                "1000 deny icmp 8..-1 0.0.0.0/0"
            ]
        );
        assert_eq!(entries(&acl, true), [""; 0]);
    }
}
