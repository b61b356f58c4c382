//! The security group of the workers: out to the web, in by SSH from the bastion.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, ResourceType, SecurityGroup as Described};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Kind, Known, Resource, Severity, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::{SECURITY, facts, rules};
use crate::tagging::{self, filter};
use crate::world::World;

/// What every group lets out when it is made (EC2 API Reference, CreateSecurityGroup).
const ANYWHERE: &str = "0.0.0.0/0";

pub struct SecurityGroup(pub Arc<World>);

#[async_trait]
impl Resource for SecurityGroup {
    fn name(&self) -> &str {
        SECURITY
    }

    fn kind(&self) -> &'static str {
        "security group"
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let filters = match key {
            Key::Tags => tagging::filters(&self.0.team, SECURITY),
            Key::Id(id) => vec![filter("group-id", id)],
            Key::Nature => vec![
                filter("group-name", &self.0.names.security_group),
                filter("vpc-id", &self.0.network.vpc),
            ],
        };
        let groups = described(&self.0, filters).await?;
        let mut all = Vec::new();
        for group in groups {
            let tags = tagging::of_ec2(group.tags.clone());
            let found = found(group);
            match key {
                Key::Nature => {
                    all.extend(self.0.claim(key, self.kind(), SECURITY, Some((found, tags)))?);
                }
                _ => all.push(found),
            }
        }
        Ok(all)
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({
            "tags": self.0.team.wish(SECURITY, &self.0.names.security_group),
            "vpc": self.0.network.vpc,
            "inbound": self.inbound(),
            "outbound": self.outbound(),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "vpc"
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        difference.fact == "inbound"
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // Nobody reaches a worker for its work; each reaches queues and images.
            Wrong::Fact(Kind::Missing, difference) if difference.fact == "inbound" => {
                Severity::Medium
            }
            Wrong::Fact(Kind::Missing, difference) if difference.fact == "outbound" => {
                Severity::Critical
            }
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateSecurityGroup"),
            Call::Delete => Some("ec2:DeleteSecurityGroup"),
            Call::Remove(_) => None,
            Call::Mend(difference) => {
                Some(match (difference.fact.as_str(), difference.expected.is_null()) {
                    ("inbound", true) => "ec2:RevokeSecurityGroupIngress",
                    ("inbound", false) => "ec2:AuthorizeSecurityGroupIngress",
                    ("outbound", true) => "ec2:RevokeSecurityGroupEgress",
                    ("outbound", false) => "ec2:AuthorizeSecurityGroupEgress",
                    _ => "ec2:CreateTags",
                })
            }
        }
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        let name = &self.0.names.security_group;
        let answer = self
            .0
            .clients
            .ec2
            .create_security_group()
            .group_name(name)
            .description("Workers: out to the web, in by SSH from the bastion")
            .vpc_id(&self.0.network.vpc)
            .tag_specifications(tagging::specification(
                ResourceType::SecurityGroup,
                &self.0.tags(SECURITY, name),
            ))
            .send()
            .await
            .during("CreateSecurityGroup")
            .explain(|| format!("cannot create the security group {name} ({})", self.0.place()))?;
        let id = answer
            .group_id
            .ok_or_else(|| Error::new(Exit::Refused, "CreateSecurityGroup: no id in the answer"))?;
        self.0.made.note(SECURITY);
        Ok(Found {
            id,
            facts: facts(json!({
                "tags": self.0.team.wish(SECURITY, name),
                "vpc": self.0.network.vpc,
                "inbound": [],
                "outbound": [rules::rule("-1", None, None, ANYWHERE)],
            })),
        })
    }

    async fn mend(&self, found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for one in differences {
            let done = match one.fact.as_str() {
                "inbound" => self.mend_inbound(&found.id, one).await,
                "outbound" => self.mend_outbound(&found.id, one).await,
                _ => {
                    let request = self.0.clients.ec2.create_tags().resources(&found.id);
                    let tags = tagging::ec2(&tagging::wished(one));
                    request.set_tags(Some(tags)).send().await.during("CreateTags").map(drop)
                }
            };
            done.explain(|| {
                let place = self.0.place();
                format!("cannot set {} of the security group {} ({place})", one.fact, found.id)
            })?;
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        let request = self.0.clients.ec2.delete_security_group().group_id(&found.id);
        let cannot =
            || format!("cannot delete the security group {} ({})", found.id, self.0.place());
        request.send().await.during("DeleteSecurityGroup").explain(cannot).map(drop)
    }
}

impl SecurityGroup {
    /// SSH, from the bastion.
    fn inbound(&self) -> Value {
        let from = match self.0.wish.classic {
            true => ANYWHERE,
            false => &self.0.network.bastion.security_group,
        };
        rules::sorted(vec![rules::tcp(22, from)])
    }

    /// The web's ports: those of AWS's services, and those that images are fetched from.
    fn outbound(&self) -> Value {
        if self.0.wish.classic {
            return rules::sorted(vec![rules::rule("-1", None, None, ANYWHERE)]);
        }
        let set = self.0.wish.settings.get("GD_PORTS").map_or("80", String::as_str);
        let ports = set.split(',').filter_map(|port| port.trim().parse().ok());
        rules::sorted(ports.chain([80, 443]).map(|port| rules::tcp(port, ANYWHERE)).collect())
    }

    async fn mend_inbound(&self, id: &str, one: &Difference) -> Result<()> {
        let ec2 = &self.0.clients.ec2;
        let (extra, missing) =
            (rules::beyond(&one.found, &one.expected), rules::beyond(&one.expected, &one.found));
        // What lets somebody in who must not be goes first.
        if !extra.is_empty() {
            let request = ec2.revoke_security_group_ingress().group_id(id);
            request
                .set_ip_permissions(Some(extra))
                .send()
                .await
                .during("RevokeSecurityGroupIngress")?;
        }
        if !missing.is_empty() {
            let request = ec2.authorize_security_group_ingress().group_id(id);
            let request = request.set_ip_permissions(Some(missing));
            let operation = "AuthorizeSecurityGroupIngress";
            let call = || async { request.clone().send().await.during(operation) };
            self.0.made.once_known(&[SECURITY], call).await?;
        }
        Ok(())
    }

    async fn mend_outbound(&self, id: &str, one: &Difference) -> Result<()> {
        let ec2 = &self.0.clients.ec2;
        let (extra, missing) =
            (rules::beyond(&one.found, &one.expected), rules::beyond(&one.expected, &one.found));
        // What lets the work through goes first.
        if !missing.is_empty() {
            let request = ec2.authorize_security_group_egress().group_id(id);
            let request = request.set_ip_permissions(Some(missing));
            let operation = "AuthorizeSecurityGroupEgress";
            let call = || async { request.clone().send().await.during(operation) };
            self.0.made.once_known(&[SECURITY], call).await?;
        }
        if !extra.is_empty() {
            let request = ec2.revoke_security_group_egress().group_id(id);
            let request = request.set_ip_permissions(Some(extra));
            let operation = "RevokeSecurityGroupEgress";
            let call = || async { request.clone().send().await.during(operation) };
            self.0.made.once_known(&[SECURITY], call).await?;
        }
        Ok(())
    }
}

fn found(group: Described) -> Found {
    let told = json!({
        "tags": tagging::fact(&tagging::of_ec2(group.tags)),
        "vpc": group.vpc_id,
        "inbound": rules::of(&group.ip_permissions.unwrap_or_default()),
        "outbound": rules::of(&group.ip_permissions_egress.unwrap_or_default()),
    });
    Found { id: group.group_id.unwrap_or_default(), facts: facts(told) }
}

/// The groups that answer to these filters.
pub async fn described(world: &World, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let request = world.clients.ec2.describe_security_groups().set_filters(Some(filters));
    let mut pages = request.into_paginator().items().send();
    let mut groups = Vec::new();
    while let Some(group) = pages.next().await {
        groups.push(group.during("DescribeSecurityGroups").explain(|| {
            let name = &world.names.security_group;
            format!("cannot look for the security group {name} ({})", world.place())
        })?);
    }
    Ok(groups)
}
