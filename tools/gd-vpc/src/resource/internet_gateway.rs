//! The internet gateway, attached to the VPC.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, InternetGateway as Described, ResourceType};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::json;

use crate::layout::{INTERNET_GATEWAY, VPC};
use crate::site::{Site, facts, filter, own_tags};

/// The internet gateway.
pub struct InternetGateway {
    pub site: Arc<Site>,
}

impl InternetGateway {
    async fn described(&self, filters: Vec<Filter>) -> Result<Vec<Described>> {
        let call = self.site.ec2.describe_internet_gateways().set_filters(Some(filters));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeInternetGateways");
        all.explain(|| self.site.cannot("look for the internet gateway"))
    }

    async fn attach(&self, id: &str, vpc: &str) -> Result<()> {
        let call = self.site.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
        once_known(|| async { call.clone().send().await.during("AttachInternetGateway") })
            .await
            .map(drop)
            .explain(|| self.site.cannot(&format!("attach {id} to {vpc}")))
    }

    /// Takes somebody else's gateway off the VPC, without deleting it, and attaches this one.
    async fn take_place(&self, id: &str, vpc: &str) -> Result<()> {
        for other in self.described(vec![filter("attachment.vpc-id", vpc)]).await? {
            self.detach(&found(&other)).await?;
        }
        self.attach(id, vpc).await
    }

    async fn detach(&self, it: &Found) -> Result<()> {
        let Some(vpc) = it.facts.get("vpc").and_then(|vpc| vpc.as_str()) else {
            return Ok(());
        };
        let call = self.site.ec2.detach_internet_gateway();
        let answer = call.internet_gateway_id(&it.id).vpc_id(vpc).send().await;
        match answer.during("DetachInternetGateway") {
            // An earlier try of the same deletion.
            Err(error) if error.code() == Some("Gateway.NotAttached") => Ok(()),
            answer => answer
                .map(drop)
                .explain(|| self.site.cannot(&format!("detach {} from {vpc}", it.id))),
        }
    }
}

fn found(gateway: &Described) -> Found {
    let vpc = gateway.attachments().iter().find_map(|attachment| attachment.vpc_id());
    Found {
        id: gateway.internet_gateway_id().unwrap_or_default().to_owned(),
        facts: facts(json!({"vpc": vpc, "tags": own_tags(gateway.tags())})),
    }
}

#[async_trait]
impl Resource for InternetGateway {
    fn name(&self) -> &str {
        INTERNET_GATEWAY
    }

    fn kind(&self) -> &'static str {
        "internet gateway"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateInternetGateway"),
            Call::Delete => Some("ec2:DeleteInternetGateway"),
            Call::Mend(wrong) if wrong.fact == "tags" => Some("ec2:CreateTags"),
            Call::Mend(_) => Some("ec2:AttachInternetGateway"),
            Call::Remove(_) => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(_, one) if one.fact == "vpc" => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        // A VPC has one at most.
        let nature = || vec![filter("attachment.vpc-id", &known.id(VPC))];
        let by_id = "internet-gateway-id";
        let filters = self.site.filters(key, INTERNET_GATEWAY, by_id).unwrap_or_else(nature);
        Ok(self.described(filters).await?.iter().map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({"vpc": known.id(VPC), "tags": self.site.wished_tags(INTERNET_GATEWAY)}))
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        let tags = self.site.specification(ResourceType::InternetGateway, INTERNET_GATEWAY);
        let answer = self.site.ec2.create_internet_gateway().tag_specifications(tags).send().await;
        let made = answer
            .during("CreateInternetGateway")
            .explain(|| self.site.cannot("create the internet gateway"))?
            .internet_gateway;
        Ok(found(&made.unwrap_or_else(|| Described::builder().build())))
    }

    async fn mend(&self, it: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        for wrong in differences {
            if wrong.fact == "tags" {
                self.site.retag(&it.id, &wrong.expected).await?;
                continue;
            }
            let vpc = known.id(VPC);
            self.detach(it).await?;
            match self.attach(&it.id, &vpc).await {
                // Another one is attached: a VPC has one at most (AttachInternetGateway).
                Err(error) if error.code() == Some("InvalidParameterValue") => {
                    self.take_place(&it.id, &vpc).await?;
                }
                attached => attached?,
            }
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        self.detach(it).await?;
        let answer = self.site.ec2.delete_internet_gateway().internet_gateway_id(&it.id);
        let cannot = || self.site.cannot(&format!("delete {}", it.id));
        answer.send().await.during("DeleteInternetGateway").map(drop).explain(cannot)
    }
}
