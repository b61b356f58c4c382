//! The default route of a route table.

use std::sync::Arc;

use async_trait::async_trait;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::{Value, json};

use super::route_table::{described, destination, target};
use crate::layout::ANYWHERE;
use crate::site::{Site, facts, filter};

/// What a default route leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The internet gateway.
    InternetGateway,
    /// The network interface of an instance.
    Interface,
    /// The NAT gateway.
    NatGateway,
}

/// A default route. It has no id of its own and no tags: it is known by its table.
pub struct Route {
    pub site: Arc<Site>,
    pub name: &'static str,
    pub table: &'static str,
    pub way: Way,
    pub to: &'static str,
}

/// What stands for its id: the table's, and this.
const SUFFIX: &str = "/0.0.0.0/0";

impl Route {
    fn target(&self, known: &Known) -> Value {
        match self.way {
            Way::Interface if known.has(self.to) => known.fact(self.to, "interface"),
            _ => Value::from(known.id(self.to)),
        }
    }
}

fn table_of(id: &str) -> &str {
    id.strip_suffix(SUFFIX).unwrap_or(id)
}

#[async_trait]
impl Resource for Route {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        "route"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateRoute"),
            Call::Delete => Some("ec2:DeleteRoute"),
            Call::Mend(_) => Some("ec2:ReplaceRoute"),
            Call::Remove(_) => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(..) => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn needs(&self) -> Vec<String> {
        vec![self.table.to_owned(), self.to.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let key = match key {
            Key::Id(id) => Key::Id(table_of(id)),
            key => key,
        };
        let nature = || vec![filter("route-table-id", &known.id(self.table))];
        let filters = self.site.filters(key, self.table, "route-table-id").unwrap_or_else(nature);
        let tables = described(&self.site, filters).await?;
        let routes = tables.iter().flat_map(|table| {
            let default = table.routes().iter().filter(|route| destination(route) == ANYWHERE);
            default.map(|route| Found {
                id: format!("{}{SUFFIX}", table.route_table_id().unwrap_or_default()),
                facts: facts(json!({"target": target(route)})),
            })
        });
        Ok(routes.collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({"target": self.target(known)}))
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let table = known.id(self.table);
        let value = self.target(known);
        let to = value.as_str().unwrap_or_default();
        let call = self.site.ec2.create_route().route_table_id(&table);
        let call = call.destination_cidr_block(ANYWHERE);
        let call = match self.way {
            Way::InternetGateway => call.gateway_id(to),
            Way::Interface => call.network_interface_id(to),
            Way::NatGateway => call.nat_gateway_id(to),
        };
        once_known(|| async { call.clone().send().await.during("CreateRoute") })
            .await
            .explain(|| self.site.cannot(&format!("create the {} to {to}", self.name)))?;
        Ok(Found { id: format!("{table}{SUFFIX}"), facts: facts(json!({"target": to})) })
    }

    async fn mend(&self, it: &Found, _differences: &[Difference], known: &Known) -> Result<()> {
        let value = self.target(known);
        let to = value.as_str().unwrap_or_default();
        let call = self.site.ec2.replace_route().route_table_id(table_of(&it.id));
        let call = call.destination_cidr_block(ANYWHERE);
        let call = match self.way {
            Way::InternetGateway => call.gateway_id(to),
            Way::Interface => call.network_interface_id(to),
            Way::NatGateway => call.nat_gateway_id(to),
        };
        once_known(|| async { call.clone().send().await.during("ReplaceRoute") })
            .await
            .map(drop)
            .explain(|| self.site.cannot(&format!("point the {} to {to}", self.name)))
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let call = self.site.ec2.delete_route().route_table_id(table_of(&it.id));
        let answer = call.destination_cidr_block(ANYWHERE).send().await;
        let cannot = || self.site.cannot(&format!("delete the {}", self.name));
        answer.during("DeleteRoute").map(drop).explain(cannot)
    }
}
