//! Which route table a subnet goes by.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::RouteTableAssociation;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::json;

use super::route_table::described;
use crate::site::{Site, facts, filter};

/// A subnet's association with a route table. Its own id changes whenever the table does,
/// so it is known by the subnet.
pub struct Association {
    pub site: Arc<Site>,
    pub name: String,
    pub subnet: String,
    pub table: &'static str,
}

fn found(subnet: &str, table: &str) -> Found {
    let facts = facts(json!({"subnet": subnet, "route_table": table}));
    Found { id: subnet.to_owned(), facts }
}

impl Association {
    /// The association of the subnet, and the table that it names.
    async fn of(&self, subnet: &str) -> Result<Option<(String, String)>> {
        let filters = vec![filter("association.subnet-id", subnet)];
        let tables = described(&self.site, filters).await?;
        let of_subnet = |one: &&RouteTableAssociation| one.subnet_id() == Some(subnet);
        Ok(tables.iter().flat_map(|table| table.associations()).find(of_subnet).map(|one| {
            let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
            (text(one.route_table_association_id()), text(one.route_table_id()))
        }))
    }
}

#[async_trait]
impl Resource for Association {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "route table association"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:AssociateRouteTable"),
            Call::Delete => Some("ec2:DisassociateRouteTable"),
            Call::Mend(_) => Some("ec2:ReplaceRouteTableAssociation"),
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
        vec![self.subnet.clone(), self.table.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let subnet = match key {
            // It bears no tags.
            Key::Tags => return Ok(Vec::new()),
            Key::Id(id) => id.to_owned(),
            Key::Nature => known.id(&self.subnet),
        };
        let of_subnet = self.of(&subnet).await?;
        Ok(of_subnet.map(|(_, table)| found(&subnet, &table)).into_iter().collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        found(&known.id(&self.subnet), &known.id(self.table)).facts
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "subnet"
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let (subnet, table) = (known.id(&self.subnet), known.id(self.table));
        let call = self.site.ec2.associate_route_table();
        let call = call.subnet_id(&subnet).route_table_id(&table);
        once_known(|| async { call.clone().send().await.during("AssociateRouteTable") })
            .await
            .explain(|| self.site.cannot(&format!("associate {subnet} with {table}")))?;
        Ok(found(&subnet, &table))
    }

    async fn mend(&self, it: &Found, _differences: &[Difference], known: &Known) -> Result<()> {
        let Some((association, _)) = self.of(&it.id).await? else {
            return self.create(known).await.map(drop);
        };
        let table = known.id(self.table);
        let call = self.site.ec2.replace_route_table_association().association_id(&association);
        let answer = call.route_table_id(&table).send().await;
        let cannot = || self.site.cannot(&format!("associate {} with {table}", it.id));
        answer.during("ReplaceRouteTableAssociation").map(drop).explain(cannot)
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let Some((association, _)) = self.of(&it.id).await? else {
            return Ok(());
        };
        let call = self.site.ec2.disassociate_route_table().association_id(&association);
        let cannot = || self.site.cannot(&format!("take the route table from {}", it.id));
        call.send().await.during("DisassociateRouteTable").map(drop).explain(cannot)
    }
}
