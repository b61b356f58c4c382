//! A public or a private subnet.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, ResourceType, Subnet as Described};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::json;

use crate::choice::Choice;
use crate::layout::{Plot, VPC};
use crate::site::{Site, facts, filter, own_tags};

/// A subnet.
pub struct Subnet {
    pub site: Arc<Site>,
    pub choice: Arc<Choice>,
    pub plot: Plot,
}

/// The subnets that answer to these filters.
pub async fn described(site: &Site, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let call = site.ec2.describe_subnets().set_filters(Some(filters));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeSubnets");
    all.explain(|| site.cannot("read the subnets"))
}

fn found(subnet: &Described) -> Found {
    Found {
        id: subnet.subnet_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "vpc": subnet.vpc_id(),
            "cidr": subnet.cidr_block(),
            "zone": subnet.availability_zone(),
            "public_addresses": subnet.map_public_ip_on_launch().unwrap_or_default(),
            "tags": own_tags(subnet.tags()),
        })),
    }
}

#[async_trait]
impl Resource for Subnet {
    fn name(&self) -> &str {
        &self.plot.name
    }

    fn kind(&self) -> &'static str {
        "subnet"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateSubnet"),
            Call::Delete => Some("ec2:DeleteSubnet"),
            Call::Mend(wrong) if wrong.fact == "tags" => Some("ec2:CreateTags"),
            Call::Mend(_) => Some("ec2:ModifySubnetAttribute"),
            Call::Remove(_) => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(_, one) if one.fact == "public_addresses" => Severity::Medium,
            _ => wrong.usual_severity(),
        }
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let nature =
            || vec![filter("vpc-id", &known.id(VPC)), filter("cidr-block", &self.plot.cidr)];
        let filters = self.site.filters(key, self.name(), "subnet-id").unwrap_or_else(nature);
        Ok(described(&self.site, filters).await?.iter().map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        // The zone stays what it is: the first fit one of another day may be another.
        facts(json!({
            "vpc": known.id(VPC),
            "cidr": self.plot.cidr,
            "public_addresses": self.plot.public,
            "tags": self.site.wished_tags(self.name()),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        !matches!(fact, "vpc" | "cidr")
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let zone = self.choice.zone(self.plot.zone).await?;
        let call = self
            .site
            .ec2
            .create_subnet()
            .vpc_id(known.id(VPC))
            .cidr_block(&self.plot.cidr)
            .availability_zone(zone)
            .tag_specifications(self.site.specification(ResourceType::Subnet, self.name()));
        let answer = once_known(|| async { call.clone().send().await.during("CreateSubnet") });
        let cannot = || self.site.cannot(&format!("create the subnet {}", self.name()));
        let made = answer.await.explain(cannot)?.subnet;
        Ok(found(&made.unwrap_or_else(|| Described::builder().build())))
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            if wrong.fact == "tags" {
                self.site.retag(&it.id, &wrong.expected).await?;
                continue;
            }
            let on = AttributeBooleanValue::builder().value(self.plot.public).build();
            let call = self.site.ec2.modify_subnet_attribute().subnet_id(&it.id);
            let call = call.map_public_ip_on_launch(on);
            once_known(|| async { call.clone().send().await.during("ModifySubnetAttribute") })
                .await
                .explain(|| self.site.cannot(&format!("set {} of {}", wrong.fact, it.id)))?;
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.delete_subnet().subnet_id(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("delete {}", it.id));
        answer.during("DeleteSubnet").map(drop).explain(cannot)
    }
}
