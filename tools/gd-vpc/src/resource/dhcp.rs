//! What instances learn when they ask for an address: above all, whom to ask for names.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{DhcpConfiguration, DhcpOptions, NewDhcpConfiguration, ResourceType};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::{Map, Value, json};

use crate::layout::{DHCP, VPC};
use crate::site::{Site, facts, filter};

/// The DHCP options of the VPC. A set of options cannot be changed, and one may be that of many
/// VPCs: it is known by what it says, and this by the VPC.
pub struct Dhcp {
    pub site: Arc<Site>,
    /// What it said when it was sealed.
    pub sealed: Option<Found>,
}

/// What a set says, each list in an order of its own.
fn configuration(options: &DhcpOptions) -> Value {
    let of = |one: &DhcpConfiguration| {
        let mut values: Vec<_> = one.values().iter().filter_map(|value| value.value()).collect();
        values.sort_unstable();
        (one.key().unwrap_or_default().to_owned(), json!(values))
    };
    let mut all: Vec<_> = options.dhcp_configurations().iter().map(of).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Object(all.into_iter().collect::<Map<_, _>>())
}

fn found(vpc: &str, configuration: Value) -> Found {
    Found { id: vpc.to_owned(), facts: facts(json!({"configuration": configuration})) }
}

impl Dhcp {
    /// The default set of a region (VPC User Guide, "DHCP option sets in Amazon VPC").
    fn usual(&self) -> Value {
        let domain = match self.site.region.as_str() {
            "us-east-1" => "ec2.internal".to_owned(),
            region => format!("{region}.compute.internal"),
        };
        json!({"domain-name": [domain], "domain-name-servers": ["AmazonProvidedDNS"]})
    }

    fn wished(&self) -> Value {
        let sealed = self.sealed.as_ref().and_then(|sealed| sealed.facts.get("configuration"));
        sealed.cloned().unwrap_or_else(|| self.usual())
    }

    async fn sets(&self, id: Option<&str>) -> Result<Vec<DhcpOptions>> {
        let call = self.site.ec2.describe_dhcp_options();
        let call = call.set_filters(id.map(|id| vec![filter("dhcp-options-id", id)]));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeDhcpOptions");
        all.explain(|| self.site.cannot("read the DHCP options"))
    }

    async fn of(&self, vpc: &str) -> Result<Option<Found>> {
        let answer = self.site.ec2.describe_vpcs().filters(filter("vpc-id", vpc)).send().await;
        let answer = answer.during("DescribeVpcs");
        let answer = answer.explain(|| self.site.cannot("read the DHCP options"))?;
        let Some(vpc) = answer.vpcs().first() else {
            return Ok(None);
        };
        let id = vpc.vpc_id().unwrap_or_default();
        // A VPC without any says `default`.
        let set = vpc.dhcp_options_id().filter(|set| *set != "default");
        let said = match set {
            Some(set) => self.sets(Some(set)).await?.first().map(configuration),
            None => None,
        };
        Ok(Some(found(id, said.unwrap_or_else(|| json!({})))))
    }

    /// A set that says this: one that is there, or a new one.
    async fn set(&self, wanted: &Value) -> Result<String> {
        if wanted.as_object().is_none_or(Map::is_empty) {
            return Ok("default".to_owned());
        }
        let sets = self.sets(None).await?;
        let same = sets.iter().find(|set| configuration(set) == *wanted);
        if let Some(id) = same.and_then(|set| set.dhcp_options_id()) {
            return Ok(id.to_owned());
        }
        let of = |(key, values): (&String, &Value)| {
            let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
            let values = values.map(str::to_owned).collect();
            NewDhcpConfiguration::builder().key(key).set_values(Some(values)).build()
        };
        let all = wanted.as_object().into_iter().flatten().map(of).collect();
        let tags = self.site.specification(ResourceType::DhcpOptions, DHCP);
        let call = self.site.ec2.create_dhcp_options().set_dhcp_configurations(Some(all));
        let answer = call.tag_specifications(tags).send().await.during("CreateDhcpOptions");
        let made = answer.explain(|| self.site.cannot("create the DHCP options"))?;
        let made = made.dhcp_options().and_then(|set| set.dhcp_options_id());
        Ok(made.unwrap_or_default().to_owned())
    }
}

#[async_trait]
impl Resource for Dhcp {
    fn name(&self) -> &str {
        DHCP
    }

    fn kind(&self) -> &'static str {
        "dhcp options"
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create | Call::Mend(_) => Some("ec2:AssociateDhcpOptions"),
            _ => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // Whoever answers for names leads the traffic where it likes.
            Wrong::Fact(..) => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn is_dangerous(&self, _difference: &Difference) -> bool {
        true
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let vpc = match key {
            // The VPC came with it.
            Key::Tags => return Ok(Vec::new()),
            Key::Id(id) => id.to_owned(),
            Key::Nature => known.id(VPC),
        };
        Ok(self.of(&vpc).await?.into_iter().collect())
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({"configuration": self.wished()}))
    }

    /// A new VPC has the default ones.
    async fn create(&self, known: &Known) -> Result<Found> {
        Ok(found(&known.id(VPC), self.usual()))
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            let set = self.set(&wrong.expected).await?;
            let call = self.site.ec2.associate_dhcp_options().vpc_id(&it.id);
            let answer = call.dhcp_options_id(&set).send().await.during("AssociateDhcpOptions");
            answer.explain(|| self.site.cannot(&format!("give {} to {}", set, it.id)))?;
        }
        Ok(())
    }

    /// They go with the VPC.
    async fn delete(&self, _it: &Found) -> Result<()> {
        Ok(())
    }
}
