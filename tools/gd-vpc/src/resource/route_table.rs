//! A route table.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, ResourceType, Route, RouteTable as Described};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::json;

use super::other_routes;
use crate::layout::{ANYWHERE, VPC};
use crate::site::{Site, facts, filter, own_tags};

/// A route table.
pub struct RouteTable {
    pub site: Arc<Site>,
    pub name: &'static str,
}

/// The route tables that answer to these filters.
pub async fn described(site: &Site, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let call = site.ec2.describe_route_tables().set_filters(Some(filters));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeRouteTables");
    all.explain(|| site.cannot("read the route tables"))
}

/// Where a route leads.
pub fn target(route: &Route) -> &str {
    route
        .network_interface_id()
        .or(route.nat_gateway_id())
        .or(route.gateway_id())
        .or(route.instance_id())
        .or(route.transit_gateway_id())
        .or(route.vpc_peering_connection_id())
        .or(route.egress_only_internet_gateway_id())
        .or(route.local_gateway_id())
        .or(route.carrier_gateway_id())
        .or(route.core_network_arn())
        .unwrap_or("nowhere")
}

/// What a route is for.
pub fn destination(route: &Route) -> &str {
    route
        .destination_cidr_block()
        .or(route.destination_ipv6_cidr_block())
        .or(route.destination_prefix_list_id())
        .unwrap_or_default()
}

fn found(table: &Described) -> Found {
    // The default route is a resource of its own.
    let planned = |route: &Route| destination(route) == ANYWHERE;
    Found {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "vpc": table.vpc_id(),
            "other_routes": other_routes::texts(table, planned),
            "propagates": other_routes::gateways(table),
            "tags": own_tags(table.tags()),
        })),
    }
}

#[async_trait]
impl Resource for RouteTable {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        "route table"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateRouteTable"),
            Call::Delete => Some("ec2:DeleteRouteTable"),
            Call::Mend(wrong) if wrong.fact == "tags" => Some("ec2:CreateTags"),
            Call::Mend(wrong) if wrong.fact == "other_routes" => Some("ec2:DeleteRoute"),
            Call::Mend(_) => Some("ec2:DisableVgwRoutePropagation"),
            Call::Remove(_) => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // The packets go another way.
            Wrong::Fact(_, one) if one.fact == "other_routes" => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        matches!(difference.fact.as_str(), "other_routes" | "propagates")
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let tables = match self.site.filters(key, self.name, "route-table-id") {
            Some(filters) => described(&self.site, filters).await?,
            // All that is left to know it by is the name that people gave it.
            None => {
                let title = self.site.title(self.name);
                let filters = [("vpc-id", known.id(VPC)), ("tag:Name", title)];
                let filters = filters.map(|(name, value)| filter(name, &value)).into();
                described(&self.site, filters).await?
            }
        };
        Ok(tables.iter().map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "vpc": known.id(VPC),
            "other_routes": [],
            "propagates": [],
            "tags": self.site.wished_tags(self.name),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "vpc"
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let tags = self.site.specification(ResourceType::RouteTable, self.name);
        let call = self.site.ec2.create_route_table();
        let call = call.vpc_id(known.id(VPC)).tag_specifications(tags);
        let answer = once_known(|| async { call.clone().send().await.during("CreateRouteTable") });
        let cannot = || self.site.cannot(&format!("create the route table {}", self.name));
        let made = answer.await.explain(cannot)?.route_table;
        Ok(found(&made.unwrap_or_else(|| Described::builder().build())))
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            match wrong.fact.as_str() {
                "other_routes" => other_routes::delete(&self.site, &it.id, &wrong.found).await?,
                "propagates" => other_routes::disable(&self.site, &it.id, &wrong.found).await?,
                _ => self.site.retag(&it.id, &wrong.expected).await?,
            }
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.delete_route_table().route_table_id(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("delete {}", it.id));
        answer.during("DeleteRouteTable").map(drop).explain(cannot)
    }
}
