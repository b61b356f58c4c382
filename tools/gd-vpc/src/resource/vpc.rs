//! The VPC itself.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, ResourceType, Vpc as Described, VpcAttributeName,
};
use futures::future::try_join_all;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Strangers, Wrong,
};
use lib_common::team::TEAM;
use serde_json::json;

use crate::choice::Choice;
use crate::layout::{VPC, VPC_CIDR};
use crate::site::{Site, facts, filter, own_tags, tag};
use crate::strangers::{self, Neighbours};

/// The VPC.
pub struct Vpc {
    pub site: Arc<Site>,
    pub choice: Arc<Choice>,
    pub neighbours: Arc<Neighbours>,
}

impl Vpc {
    async fn attribute(&self, id: &str, name: VpcAttributeName) -> Result<bool> {
        let call = self.site.ec2.describe_vpc_attribute().vpc_id(id).attribute(name.clone());
        let answer = call.send().await.during("DescribeVpcAttribute");
        let answer = answer.explain(|| self.site.cannot(&format!("read {name} of {id}")))?;
        let value = match name {
            VpcAttributeName::EnableDnsHostnames => answer.enable_dns_hostnames(),
            _ => answer.enable_dns_support(),
        };
        Ok(value.and_then(|value| value.value()).unwrap_or_default())
    }

    async fn read(&self, vpc: &Described) -> Result<Found> {
        let id = vpc.vpc_id().unwrap_or_default();
        let (support, hostnames) = futures::try_join!(
            self.attribute(id, VpcAttributeName::EnableDnsSupport),
            self.attribute(id, VpcAttributeName::EnableDnsHostnames)
        )?;
        Ok(found(vpc, support, hostnames))
    }

    /// A VPC of the same addresses is another's, unless it bears a mark of this team.
    fn is_ours(&self, vpc: &Described) -> bool {
        tag(vpc.tags(), TEAM) == Some(self.site.team.as_str())
            || (tag(vpc.tags(), TEAM).is_none()
                && tag(vpc.tags(), "Name") == Some(self.site.title(VPC).as_str()))
    }

    async fn described(&self, filters: Vec<Filter>) -> Result<Vec<Described>> {
        let call = self.site.ec2.describe_vpcs().set_filters(Some(filters));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeVpcs");
        all.explain(|| self.site.cannot("look for the VPC"))
    }
}

fn found(vpc: &Described, support: bool, hostnames: bool) -> Found {
    Found {
        id: vpc.vpc_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "cidr": vpc.cidr_block(),
            "dns_support": support,
            "dns_hostnames": hostnames,
            "account": vpc.owner_id(),
            "tags": own_tags(vpc.tags()),
        })),
    }
}

#[async_trait]
impl Resource for Vpc {
    fn name(&self) -> &str {
        VPC
    }

    fn kind(&self) -> &'static str {
        "vpc"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateVpc"),
            Call::Delete => Some("ec2:DeleteVpc"),
            Call::Mend(wrong) if wrong.fact == "tags" => Some("ec2:CreateTags"),
            Call::Mend(_) => Some("ec2:ModifyVpcAttribute"),
            Call::Remove(stranger) => strangers::call(stranger),
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // The instances find nothing by its name any more.
            Wrong::Fact(_, one) if one.fact == "dns_support" => Severity::Critical,
            Wrong::Fact(_, one) if one.fact == "dns_hostnames" => Severity::Medium,
            Wrong::Stranger(stranger) => strangers::severity(stranger),
            _ => wrong.usual_severity(),
        }
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let vpcs = match self.site.filters(key, VPC, "vpc-id") {
            Some(filters) => self.described(filters).await?,
            None => {
                let mut same = self.described(vec![filter("cidr", VPC_CIDR)]).await?;
                same.retain(|vpc| self.is_ours(vpc));
                same
            }
        };
        try_join_all(vpcs.iter().map(|vpc| self.read(vpc))).await
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({
            "cidr": VPC_CIDR,
            "dns_support": true,
            "dns_hostnames": true,
            "tags": self.site.wished_tags(VPC),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "cidr"
    }

    fn stands_bare(&self) -> bool {
        // How it names addresses is nothing to its parts.
        true
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        // What cannot be chosen fails before anything is made.
        self.choice.settle().await?;
        let answer = self
            .site
            .ec2
            .create_vpc()
            .cidr_block(VPC_CIDR)
            .tag_specifications(self.site.specification(ResourceType::Vpc, VPC))
            .send()
            .await
            .during("CreateVpc")
            .explain(|| self.site.cannot("create the VPC"))?;
        // A new VPC resolves names, and gives none (ModifyVpcAttribute).
        Ok(found(&answer.vpc.unwrap_or_else(|| Described::builder().build()), true, false))
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            let id = it.id.as_str();
            let on = || {
                let value = wrong.expected.as_bool().unwrap_or_default();
                AttributeBooleanValue::builder().value(value).build()
            };
            let attribute = || self.site.ec2.modify_vpc_attribute().vpc_id(id);
            let cannot = || self.site.cannot(&format!("set {} of {id}", wrong.fact));
            let set = |call: aws_sdk_ec2::operation::modify_vpc_attribute::builders::ModifyVpcAttributeFluentBuilder| {
                once_known(move || {
                    let call = call.clone();
                    async move { call.send().await.during("ModifyVpcAttribute").map(drop) }
                })
            };
            match wrong.fact.as_str() {
                "dns_support" => {
                    set(attribute().enable_dns_support(on())).await.explain(cannot)?;
                }
                "dns_hostnames" => {
                    set(attribute().enable_dns_hostnames(on())).await.explain(cannot)?;
                }
                _ => self.site.retag(id, &wrong.expected).await?,
            }
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.delete_vpc().vpc_id(&it.id).send().await.during("DeleteVpc");
        answer.map(drop).explain(|| self.site.cannot(&format!("delete {}", it.id)))
    }

    async fn strangers(&self, it: &Found, known: &Known) -> Strangers {
        strangers::within(&self.site, &it.id, known, &self.neighbours).await
    }

    fn may_stay(&self, stranger: &Found) -> bool {
        strangers::may_stay(stranger)
    }

    async fn remove_stranger(&self, stranger: &Found, known: &Known) -> Result<()> {
        strangers::remove(&self.site, &known.id(VPC), stranger).await
    }
}
