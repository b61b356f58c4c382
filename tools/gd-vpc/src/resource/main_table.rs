//! The main route table: that of whatever subnet has none of its own.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{ResourceType, RouteTable as Described};
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_there;
use lib_common::reconcile::{Call, Difference, Facts, Found, Key, Known, Resource};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::other_routes;
use super::route_table::described;
use crate::layout::{MAIN_TABLE, PRIVATE_TABLE, PUBLIC_TABLE, VPC};
use crate::site::{Site, facts, filter};

/// The table that came with the VPC. It leads nowhere, so that a subnet that nobody planned,
/// or one that lost its table, reaches nothing but the VPC.
pub struct MainTable {
    pub site: Arc<Site>,
}

/// Whether it is the main one of its VPC.
pub fn is_main(table: &Described) -> bool {
    table.associations().iter().any(|one| one.main().unwrap_or_default())
}

fn found(table: &Described) -> Found {
    Found {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "vpc": table.vpc_id(),
            "main": is_main(table),
            "other_routes": other_routes::texts(table, |_| false),
            "propagates": other_routes::gateways(table),
        })),
    }
}

/// The main table, unless that is one of the planned ones; then the one that came with the
/// VPC, which nobody tagged and no subnet names.
fn chosen<'a>(tables: &'a [Described], known: &Known) -> Option<&'a Described> {
    let planned = [PUBLIC_TABLE, PRIVATE_TABLE].map(|name| known.id(name));
    let other = |table: &&Described| {
        let id = table.route_table_id().unwrap_or_default();
        !planned.iter().any(|planned| planned == id)
    };
    let bare = |table: &&Described| table.tags().is_empty() && table.associations().is_empty();
    let others = || tables.iter().filter(other);
    others().find(|table| is_main(table)).or_else(|| others().find(bare))
}

impl MainTable {
    async fn of(&self, vpc: &str) -> Result<Vec<Described>> {
        described(&self.site, vec![filter("vpc-id", vpc)]).await
    }

    async fn make_main(&self, vpc: &str, id: &str) -> Result<()> {
        let cannot = || self.site.cannot(&format!("make {id} the main route table of {vpc}"));
        let tables = self.of(vpc).await?;
        let main = tables
            .iter()
            .flat_map(|table| table.associations())
            .find(|one| one.main().unwrap_or_default());
        let Some(main) = main else {
            return Err(Error::new(Exit::Failed, cannot()).because("there is no main route table"));
        };
        if main.route_table_id() == Some(id) {
            return Ok(());
        }
        let call = self.site.ec2.replace_route_table_association().route_table_id(id);
        let call = call.set_association_id(main.route_table_association_id().map(str::to_owned));
        call.send().await.during("ReplaceRouteTableAssociation").map(drop).explain(cannot)
    }

    async fn make(&self, vpc: &str) -> Result<Found> {
        let tags = self.site.specification(ResourceType::RouteTable, MAIN_TABLE);
        let call = self.site.ec2.create_route_table().vpc_id(vpc).tag_specifications(tags);
        let answer = call.send().await.during("CreateRouteTable");
        let cannot = || self.site.cannot(&format!("create the route table {MAIN_TABLE}"));
        let made = answer.explain(cannot)?.route_table;
        Ok(found(&made.unwrap_or_else(|| Described::builder().build())))
    }
}

#[async_trait]
impl Resource for MainTable {
    fn name(&self) -> &str {
        MAIN_TABLE
    }

    fn kind(&self) -> &'static str {
        "route table"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateRouteTable"),
            Call::Mend(wrong) if wrong.fact == "other_routes" => Some("ec2:DeleteRoute"),
            Call::Mend(wrong) if wrong.fact == "main" => Some("ec2:ReplaceRouteTableAssociation"),
            Call::Mend(_) => Some("ec2:DisableVgwRoutePropagation"),
            _ => None,
        }
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        matches!(difference.fact.as_str(), "other_routes" | "propagates")
    }

    fn needs(&self) -> Vec<String> {
        // Which of the VPC's tables it is not; and one of those that was made the main one can
        // be deleted only after this is the main one again.
        [VPC, PUBLIC_TABLE, PRIVATE_TABLE].map(str::to_owned).into()
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        match self.site.filters(key, MAIN_TABLE, "route-table-id") {
            Some(filters) => {
                let tables = described(&self.site, filters).await?;
                Ok(tables.iter().map(found).collect())
            }
            None => {
                let tables = self.of(&known.id(VPC)).await?;
                Ok(chosen(&tables, known).map(found).into_iter().collect())
            }
        }
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({"main": true, "other_routes": [], "propagates": []}))
    }

    /// It was made with the VPC; where somebody deleted that one, another is made.
    async fn create(&self, known: &Known) -> Result<Found> {
        let vpc = known.id(VPC);
        let look = || async {
            let tables = self.of(&vpc).await?;
            let seen = tables.iter().any(is_main);
            Ok(seen.then(|| chosen(&tables, known).map(found)))
        };
        match once_there(&format!("{vpc} to have a main route table"), look).await? {
            Some(found) => Ok(found),
            None => self.make(&vpc).await,
        }
    }

    async fn mend(&self, it: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        for wrong in differences {
            match wrong.fact.as_str() {
                "main" => self.make_main(&known.id(VPC), &it.id).await?,
                "other_routes" => other_routes::delete(&self.site, &it.id, &wrong.found).await?,
                _ => other_routes::disable(&self.site, &it.id, &wrong.found).await?,
            }
        }
        Ok(())
    }

    /// It goes with the VPC, once it is the main one again.
    async fn delete(&self, it: &Found) -> Result<()> {
        match it.facts.get("vpc").and_then(Value::as_str) {
            Some(vpc) if it.facts.get("main") == Some(&Value::Bool(false)) => {
                self.make_main(vpc, &it.id).await
            }
            _ => Ok(()),
        }
    }
}
