//! An elastic address: that of the NAT instance, or of the NAT gateway.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Address as Described, DomainType, Filter, ResourceType};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Call, Difference, Facts, Found, Key, Known, Resource};
use serde_json::json;

use crate::site::{Site, facts, own_tags};

/// An elastic address.
pub struct Address {
    pub site: Arc<Site>,
    pub name: &'static str,
}

/// The elastic addresses that answer to these filters.
pub async fn described(site: &Site, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let answer = site.ec2.describe_addresses().set_filters(Some(filters)).send().await;
    let answer = answer.during("DescribeAddresses");
    Ok(answer
        .explain(|| site.cannot("look for the elastic address"))?
        .addresses
        .unwrap_or_default())
}

#[async_trait]
impl Resource for Address {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        "elastic address"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:AllocateAddress"),
            Call::Delete => Some("ec2:ReleaseAddress"),
            Call::Mend(_) => Some("ec2:CreateTags"),
            Call::Remove(_) => None,
        }
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        // It is known by tags and id alone: any address may be anybody's.
        let Some(filters) = self.site.filters(key, self.name, "allocation-id") else {
            return Ok(Vec::new());
        };
        let found = described(&self.site, filters).await?;
        let found = found.iter().map(|address| Found {
            id: address.allocation_id().unwrap_or_default().to_owned(),
            facts: facts(json!({
                "address": address.public_ip(),
                "tags": own_tags(address.tags()),
            })),
        });
        Ok(found.collect())
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({"tags": self.site.wished_tags(self.name)}))
    }

    async fn create(&self, _known: &Known) -> Result<Found> {
        let call = self.site.ec2.allocate_address().domain(DomainType::Vpc);
        let tags = self.site.specification(ResourceType::ElasticIp, self.name);
        let made = call
            .tag_specifications(tags)
            .send()
            .await
            .during("AllocateAddress")
            .explain(|| self.site.cannot("allocate an elastic address"))?;
        Ok(Found {
            id: made.allocation_id().unwrap_or_default().to_owned(),
            facts: facts(json!({
                "address": made.public_ip(),
                "tags": self.site.wished_tags(self.name),
            })),
        })
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            self.site.retag(&it.id, &wrong.expected).await?;
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.release_address().allocation_id(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("release {}", it.id));
        answer.during("ReleaseAddress").map(drop).explain(cannot)
    }
}
