//! Which network ACL stands at the border of a subnet.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::NetworkAclAssociation;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::json;

use super::default_acl::described;
use crate::layout::DEFAULT_ACL;
use crate::site::{Site, facts, filter};

/// A subnet's association with a network ACL, of which it has one always. Its own id changes
/// whenever the ACL does, so it is known by the subnet.
pub struct AclAssociation {
    pub site: Arc<Site>,
    pub name: String,
    pub subnet: String,
}

impl AclAssociation {
    /// The association of the subnet, and the ACL that it names.
    async fn of(&self, subnet: &str) -> Result<Option<(String, String)>> {
        let acls = described(&self.site, vec![filter("association.subnet-id", subnet)]).await?;
        let of_subnet = |one: &&NetworkAclAssociation| one.subnet_id() == Some(subnet);
        Ok(acls.iter().flat_map(|acl| acl.associations()).find(of_subnet).map(|one| {
            let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
            (text(one.network_acl_association_id()), text(one.network_acl_id()))
        }))
    }
}

#[async_trait]
impl Resource for AclAssociation {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        "network acl association"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Mend(_) => Some("ec2:ReplaceNetworkAclAssociation"),
            _ => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(..) => Severity::Critical,
            _ => wrong.usual_severity(),
        }
    }

    fn needs(&self) -> Vec<String> {
        vec![self.subnet.clone(), DEFAULT_ACL.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let subnet = match key {
            // It bears no tags.
            Key::Tags => return Ok(Vec::new()),
            Key::Id(id) => id.to_owned(),
            Key::Nature => known.id(&self.subnet),
        };
        let of_subnet = self.of(&subnet).await?;
        let found = of_subnet.map(|(_, acl)| Found {
            facts: facts(json!({"subnet": subnet, "network_acl": acl})),
            id: subnet,
        });
        Ok(found.into_iter().collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({"subnet": known.id(&self.subnet), "network_acl": known.id(DEFAULT_ACL)}))
    }

    fn mends(&self, fact: &str) -> bool {
        fact != "subnet"
    }

    /// A new subnet is associated with the VPC's default ACL (CreateSubnet).
    async fn create(&self, known: &Known) -> Result<Found> {
        Ok(Found { id: known.id(&self.subnet), facts: self.wish(known) })
    }

    async fn mend(&self, it: &Found, _differences: &[Difference], known: &Known) -> Result<()> {
        let acl = known.id(DEFAULT_ACL);
        let cannot = || self.site.cannot(&format!("put {acl} before {}", it.id));
        let Some((association, _)) = self.of(&it.id).await? else {
            return Err(Error::new(Exit::Failed, cannot())
                .because(format!("{} has no network ACL to replace", it.id)));
        };
        let call = self.site.ec2.replace_network_acl_association().association_id(association);
        let answer = call.network_acl_id(&acl).send().await;
        answer.during("ReplaceNetworkAclAssociation").map(drop).explain(cannot)
    }

    /// It goes with the subnet.
    async fn delete(&self, _it: &Found) -> Result<()> {
        Ok(())
    }
}
