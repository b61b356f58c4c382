//! The NAT gateway.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types::{NatGateway as Described, NatGatewayState, ResourceType};
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::progress::Task;
use lib_common::reconcile::{Call, Difference, Facts, Found, Key, Known, Resource};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use serde_json::json;

use crate::layout::{GATEWAY_ADDRESS, INTERNET_GATEWAY, NAT_GATEWAY};
use crate::site::{Site, facts, filter, own_tags};

/// The NAT gateway in the first public subnet.
pub struct NatGateway {
    pub site: Arc<Site>,
    pub subnet: String,
}

/// One to two minutes are usual (VPC User Guide, "NAT gateways").
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// A fact of a gateway that is not available yet.
const PENDING: &str = "pending";

fn found(gateway: &Described) -> Found {
    let addresses = gateway.nat_gateway_addresses();
    // Others may have been added, and their order means nothing.
    let primary = addresses.iter().find(|address| address.is_primary() == Some(true));
    let address = primary.or(addresses.first());
    let mut found = Found {
        id: gateway.nat_gateway_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "subnet": gateway.subnet_id(),
            "allocation": address.and_then(|address| address.allocation_id()),
            "tags": own_tags(gateway.tags()),
        })),
    };
    if gateway.state() == Some(&NatGatewayState::Pending) {
        found.facts.insert(PENDING.to_owned(), true.into());
    }
    found
}

impl NatGateway {
    async fn state(&self, id: &str) -> Result<Option<(NatGatewayState, String)>> {
        let answer = self.site.ec2.describe_nat_gateways().nat_gateway_ids(id).send().await;
        match answer.during("DescribeNatGateways") {
            Err(error) if error.is_not_found() => Ok(None),
            answer => {
                let answer = answer.explain(|| self.site.cannot(&format!("look at {id}")))?;
                Ok(answer.nat_gateways().first().and_then(|gateway| {
                    let why = gateway.failure_message().unwrap_or_default().to_owned();
                    Some((gateway.state()?.clone(), why))
                }))
            }
        }
    }
}

#[async_trait]
impl Resource for NatGateway {
    fn name(&self) -> &str {
        NAT_GATEWAY
    }

    fn kind(&self) -> &'static str {
        "nat gateway"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateNatGateway"),
            Call::Delete => Some("ec2:DeleteNatGateway"),
            Call::Mend(_) => Some("ec2:CreateTags"),
            Call::Remove(_) => None,
        }
    }

    fn is_known_by(&self, fact: &str) -> bool {
        fact == "id"
    }

    fn needs(&self) -> Vec<String> {
        vec![self.subnet.clone(), GATEWAY_ADDRESS.to_owned(), INTERNET_GATEWAY.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let nature = || vec![filter("subnet-id", &known.id(&self.subnet))];
        let by_id = "nat-gateway-id";
        let filters = self.site.filters(key, NAT_GATEWAY, by_id).unwrap_or_else(nature);
        let call = self.site.ec2.describe_nat_gateways().set_filter(Some(filters));
        let pages = call.into_paginator().items().send();
        let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeNatGateways");
        let all = all.explain(|| self.site.cannot("look for the NAT gateway"))?;
        let lives = |gateway: &&Described| {
            matches!(gateway.state(), Some(NatGatewayState::Pending | NatGatewayState::Available))
        };
        Ok(all.iter().filter(lives).map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "subnet": known.id(&self.subnet),
            "allocation": known.id(GATEWAY_ADDRESS),
            "tags": self.site.wished_tags(NAT_GATEWAY),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        fact == "tags"
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let (subnet, allocation) = (known.id(&self.subnet), known.id(GATEWAY_ADDRESS));
        let tags = self.site.specification(ResourceType::Natgateway, NAT_GATEWAY);
        let call = self.site.ec2.create_nat_gateway().subnet_id(subnet).allocation_id(allocation);
        let call = call.tag_specifications(tags);
        let answer = once_known(|| async { call.clone().send().await.during("CreateNatGateway") });
        let made = answer.await.explain(|| self.site.cannot("create the NAT gateway"))?.nat_gateway;
        let mut made = found(&made.unwrap_or_else(|| Described::builder().build()));
        made.facts.insert(PENDING.to_owned(), true.into());
        Ok(made)
    }

    async fn ready(&self, mut it: Found, task: &Task) -> Result<Found> {
        if it.facts.shift_remove(PENDING).is_none() {
            return Ok(it);
        }
        let what = format!("{} to be available", it.id);
        let waiter = Waiter::new(what, self.site.context.timeout(LONGEST));
        let wait = waiter.until(task, || async {
            match self.state(&it.id).await? {
                None => Ok(Seen::Missing),
                Some((NatGatewayState::Available, _)) => Ok(Seen::Ready(())),
                Some((NatGatewayState::Pending, _)) => Ok(Seen::Pending("pending".to_owned())),
                Some((state, why)) => {
                    let what = format!("the NAT gateway {} is {state}", it.id);
                    Err(Error::new(Exit::Failed, self.site.cannot("use the NAT gateway"))
                        .because(what)
                        .because(why))
                }
            }
        });
        wait.await?;
        Ok(it)
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            self.site.retag(&it.id, &wrong.expected).await?;
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.delete_nat_gateway().nat_gateway_id(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("delete {}", it.id));
        answer.during("DeleteNatGateway").map(drop).explain(cannot)
    }

    async fn gone(&self, it: &Found, task: &Task) -> Result<()> {
        let what = format!("{} to be deleted", it.id);
        let waiter = Waiter::new(what, self.site.context.timeout(LONGEST));
        let wait = waiter.until(task, || async {
            match self.state(&it.id).await? {
                None | Some((NatGatewayState::Deleted, _)) => Ok(Seen::Ready(())),
                Some((state, _)) => Ok(Seen::Pending(state.as_str().to_owned())),
            }
        });
        wait.await
    }
}
