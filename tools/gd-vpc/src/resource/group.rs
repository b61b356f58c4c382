//! A security group: itself, and whom it lets in and out.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, ResourceType, SecurityGroup as Described};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::json;

use super::group_rules::{self, set_egress, set_ingress, texts};
use crate::layout::{ANYWHERE, VPC};
use crate::rule::Rule;
use crate::site::{Site, facts, filter, own_tags};

/// A security group.
pub struct Group {
    pub site: Arc<Site>,
    pub name: &'static str,
    /// Its name at EC2, which a VPC has once.
    pub title: &'static str,
    /// Whom it lets in; everything goes out.
    pub ingress: Vec<Rule>,
}

/// The security groups that answer to these filters.
pub async fn described(site: &Site, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let call = site.ec2.describe_security_groups().set_filters(Some(filters));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeSecurityGroups");
    all.explain(|| site.cannot("read the security groups"))
}

fn found(group: &Described) -> Found {
    Found {
        id: group.group_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "vpc": group.vpc_id(),
            "name": group.group_name(),
            "ingress": texts(group.ip_permissions()),
            "egress": texts(group.ip_permissions_egress()),
            "tags": own_tags(group.tags()),
        })),
    }
}

#[async_trait]
impl Resource for Group {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        "security group"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateSecurityGroup"),
            Call::Delete => Some("ec2:DeleteSecurityGroup"),
            Call::Mend(wrong) => Some(group_rules::call(wrong).unwrap_or("ec2:CreateTags")),
            Call::Remove(_) => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // What is too much lets somebody in, what is missing stops the work.
            Wrong::Fact(_, one) if group_rules::call(one).is_some() => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        group_rules::opens(difference)
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let nature = || vec![filter("vpc-id", &known.id(VPC)), filter("group-name", self.title)];
        let filters = self.site.filters(key, self.name, "group-id").unwrap_or_else(nature);
        Ok(described(&self.site, filters).await?.iter().map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        let ingress: BTreeSet<_> = self.ingress.iter().collect();
        let ingress: Vec<_> = ingress.into_iter().map(ToString::to_string).collect();
        facts(json!({
            "vpc": known.id(VPC),
            "name": self.title,
            "ingress": ingress,
            "egress": [Rule::all(ANYWHERE).to_string()],
            "tags": self.site.wished_tags(self.name),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        !matches!(fact, "vpc" | "name")
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let vpc = known.id(VPC);
        let call = self
            .site
            .ec2
            .create_security_group()
            .group_name(self.title)
            .description(format!("{} of the GameDay team {}", self.name, self.site.team))
            .vpc_id(&vpc)
            .tag_specifications(self.site.specification(ResourceType::SecurityGroup, self.name));
        let answer =
            once_known(|| async { call.clone().send().await.during("CreateSecurityGroup") });
        let made =
            answer.await.explain(|| self.site.cannot(&format!("create the {}", self.title)))?;
        // A new group lets nothing in and everything out (CreateSecurityGroup).
        Ok(Found {
            id: made.group_id().unwrap_or_default().to_owned(),
            facts: facts(json!({
                "vpc": vpc,
                "name": self.title,
                "ingress": [],
                "egress": [Rule::all(ANYWHERE).to_string()],
                "tags": self.site.wished_tags(self.name),
            })),
        })
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            match wrong.fact.as_str() {
                "ingress" => set_ingress(&self.site, &it.id, wrong).await?,
                "egress" => set_egress(&self.site, &it.id, wrong).await?,
                _ => self.site.retag(&it.id, &wrong.expected).await?,
            }
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.delete_security_group().group_id(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("delete {}", it.id));
        answer.during("DeleteSecurityGroup").map(drop).explain(cannot)
    }
}
