//! The routes in a table that nobody planned.

use aws_sdk_ec2::types::{Route, RouteOrigin, RouteTable};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use serde_json::Value;

use super::route_table::{destination, target};
use crate::site::Site;

/// Between destination and target, where a route is a fact.
const LEADS_TO: &str = " to ";

/// The routes but those within the VPC and the planned ones, as a fact, in order.
pub fn texts(table: &RouteTable, planned: impl Fn(&Route) -> bool) -> Value {
    let propagated =
        |route: &Route| route.origin() == Some(&RouteOrigin::EnableVgwRoutePropagation);
    let others = table
        .routes()
        .iter()
        .filter(|route| target(route) != "local" && !propagated(route) && !planned(route));
    let mut others: Vec<_> =
        others.map(|route| format!("{}{LEADS_TO}{}", destination(route), target(route))).collect();
    others.sort();
    Value::from(others)
}

/// The gateways that put routes into the table themselves, as a fact, in order.
pub fn gateways(table: &RouteTable) -> Value {
    let gateways = table.propagating_vgws().iter().filter_map(|gateway| gateway.gateway_id());
    let mut gateways: Vec<_> = gateways.collect();
    gateways.sort_unstable();
    Value::from(gateways)
}

/// Deletes the routes of such a fact.
pub async fn delete(site: &Site, table: &str, routes: &Value) -> Result<()> {
    for route in listed(routes) {
        let (to, through) = route.split_once(LEADS_TO).unwrap_or((route, ""));
        let cannot = || site.cannot(&format!("delete the route {route} of {table}"));
        if to.starts_with("pl-") && through.starts_with("vpce-") {
            // The route of a gateway endpoint goes by the endpoint alone (DeleteRoute).
            let call = site.ec2.modify_vpc_endpoint().vpc_endpoint_id(through);
            let answer = call.remove_route_table_ids(table).send().await;
            gone(answer.during("ModifyVpcEndpoint")).explain(cannot)?;
            continue;
        }
        let call = site.ec2.delete_route().route_table_id(table);
        let call = match to {
            list if list.starts_with("pl-") => call.destination_prefix_list_id(list),
            v6 if v6.contains(':') => call.destination_ipv6_cidr_block(v6),
            v4 => call.destination_cidr_block(v4),
        };
        gone(call.send().await.during("DeleteRoute")).explain(cannot)?;
    }
    Ok(())
}

/// Lets the gateways of such a fact put no more routes into the table.
pub async fn disable(site: &Site, table: &str, gateways: &Value) -> Result<()> {
    for gateway in listed(gateways) {
        let call = site.ec2.disable_vgw_route_propagation();
        let answer = call.route_table_id(table).gateway_id(gateway).send().await;
        let cannot = || site.cannot(&format!("keep the routes of {gateway} out of {table}"));
        gone(answer.during("DisableVgwRoutePropagation")).explain(cannot)?;
    }
    Ok(())
}

/// What it led to may have been removed meanwhile, and the route with it.
fn gone<T>(answer: Result<T>) -> Result<()> {
    match answer {
        Err(error) if error.is_not_found() || error.code() == Some("Gateway.NotAttached") => Ok(()),
        answer => answer.map(drop),
    }
}

fn listed(fact: &Value) -> impl Iterator<Item = &str> {
    fact.as_array().into_iter().flatten().filter_map(Value::as_str)
}
