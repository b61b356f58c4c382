//! The elastic address at the NAT instance.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::Address as Described;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::{Value, json};

use super::address::described;
use crate::layout::{ADDRESS, ADDRESS_ASSOCIATION, INTERNET_GATEWAY, NAT_INSTANCE};
use crate::site::{Site, facts, filter};

/// The association of the elastic address. Its own id changes whenever the instance does,
/// so it is known by the address.
pub struct AddressAssociation {
    pub site: Arc<Site>,
}

fn found(address: &Described) -> Option<Found> {
    // A NAT gateway's interface is of no instance, and holds its address itself.
    address.instance_id().filter(|id| !id.is_empty())?;
    Some(Found {
        id: address.allocation_id().unwrap_or_default().to_owned(),
        facts: facts(json!({"interface": address.network_interface_id()})),
    })
}

#[async_trait]
impl Resource for AddressAssociation {
    fn name(&self) -> &str {
        ADDRESS_ASSOCIATION
    }

    fn kind(&self) -> &'static str {
        "address association"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:AssociateAddress"),
            Call::Delete => Some("ec2:DisassociateAddress"),
            Call::Mend(_) => Some("ec2:AssociateAddress"),
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
        [ADDRESS, NAT_INSTANCE, INTERNET_GATEWAY].map(str::to_owned).into()
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let nature = || vec![filter("allocation-id", &known.id(ADDRESS))];
        let filters = self.site.filters(key, ADDRESS, "allocation-id").unwrap_or_else(nature);
        Ok(described(&self.site, filters).await?.iter().filter_map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        let interface = match known.has(NAT_INSTANCE) {
            true => known.fact(NAT_INSTANCE, "interface"),
            false => Value::from(known.id(NAT_INSTANCE)),
        };
        facts(json!({"interface": interface}))
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let (address, interface) = (known.id(ADDRESS), known.text(NAT_INSTANCE, "interface"));
        let interface = interface.unwrap_or_default();
        let call = self.site.ec2.associate_address().allocation_id(&address);
        let call = call.network_interface_id(&interface).allow_reassociation(true);
        once_known(|| async { call.clone().send().await.during("AssociateAddress") })
            .await
            .explain(|| self.site.cannot(&format!("associate {address} with {interface}")))?;
        Ok(Found { id: address, facts: facts(json!({"interface": interface})) })
    }

    async fn mend(&self, _it: &Found, _differences: &[Difference], known: &Known) -> Result<()> {
        self.create(known).await.map(drop)
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let there = described(&self.site, vec![filter("allocation-id", &it.id)]).await?;
        let Some(association) = there.iter().find_map(|address| address.association_id()) else {
            return Ok(());
        };
        let call = self.site.ec2.disassociate_address().association_id(association);
        let cannot = || self.site.cannot(&format!("take {} from its instance", it.id));
        call.send().await.during("DisassociateAddress").map(drop).explain(cannot)
    }
}
