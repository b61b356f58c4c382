//! A route table: itself, and the routes in it that nobody planned.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, ResourceType, Route, RouteTable as Described};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Difference, Facts, Found, Key, Known, Resource};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use crate::consistency::once_known;
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

/// Between destination and target, where a route is a fact.
const LEADS_TO: &str = " to ";

fn found(table: &Described) -> Found {
    let planned = |route: &&Route| target(route) == "local" || destination(route) == ANYWHERE;
    let others = table.routes().iter().filter(|route| !planned(route));
    let mut others: Vec<_> =
        others.map(|route| format!("{}{LEADS_TO}{}", destination(route), target(route))).collect();
    others.sort();
    let main = table.associations().iter().any(|one| one.main().unwrap_or_default());
    Found {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "vpc": table.vpc_id(),
            "main": main,
            "other_routes": others,
            "tags": own_tags(table.tags()),
        })),
    }
}

impl RouteTable {
    async fn delete_routes(&self, table: &str, routes: &Value) -> Result<()> {
        for route in routes.as_array().into_iter().flatten().filter_map(Value::as_str) {
            let to = route.split_once(LEADS_TO).map_or(route, |(to, _)| to);
            let call = self.site.ec2.delete_route().route_table_id(table);
            let call = match to {
                list if list.starts_with("pl-") => call.destination_prefix_list_id(list),
                v6 if v6.contains(':') => call.destination_ipv6_cidr_block(v6),
                v4 => call.destination_cidr_block(v4),
            };
            call.send()
                .await
                .during("DeleteRoute")
                .explain(|| self.site.cannot(&format!("delete the route {route} of {table}")))?;
        }
        Ok(())
    }

    /// Gives the VPC its own main table back: the one that came with it, which nobody tagged
    /// and no subnet names.
    async fn give_main_back(&self, it: &Found, vpc: &str) -> Result<()> {
        let tables = described(&self.site, vec![filter("vpc-id", vpc)]).await?;
        let id = |table: &Described| table.route_table_id().unwrap_or_default().to_owned();
        let association = tables
            .iter()
            .filter(|table| id(table) == it.id)
            .flat_map(|table| table.associations())
            .find(|one| one.main().unwrap_or_default())
            .and_then(|one| one.route_table_association_id());
        let Some(association) = association else {
            return Ok(());
        };
        let bare = |table: &&Described| table.tags().is_empty() && table.associations().is_empty();
        let Some(first) = tables.iter().find(bare).map(id) else {
            return Err(Error::new(
                Exit::Failed,
                self.site.cannot(&format!("make another table than {} the main one", it.id)),
            )
            .because(format!("{vpc} has no route table without a name and without subnets"))
            .next(format!("aws ec2 create-route-table --vpc-id {vpc}")));
        };
        let call = self.site.ec2.replace_route_table_association().association_id(association);
        let answer = call.route_table_id(&first).send().await;
        let cannot = || self.site.cannot(&format!("make {first} the main table of {vpc}"));
        answer.during("ReplaceRouteTableAssociation").map(drop).explain(cannot)
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
            "main": false,
            "other_routes": [],
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

    async fn mend(&self, it: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        for wrong in differences {
            match wrong.fact.as_str() {
                "other_routes" => self.delete_routes(&it.id, &wrong.found).await?,
                "main" => self.give_main_back(it, &known.id(VPC)).await?,
                _ => self.site.retag(&it.id, &wrong.expected).await?,
            }
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        if it.facts.get("main") == Some(&Value::Bool(true)) {
            let vpc = it.facts.get("vpc").and_then(Value::as_str).unwrap_or_default();
            self.give_main_back(it, vpc).await?;
        }
        let answer = self.site.ec2.delete_route_table().route_table_id(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("delete {}", it.id));
        answer.during("DeleteRouteTable").map(drop).explain(cannot)
    }
}
