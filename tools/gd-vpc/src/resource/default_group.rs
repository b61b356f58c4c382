//! The security group that came with the VPC: that of whatever is started without one.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::SecurityGroup as Described;
use lib_common::Result;
use lib_common::consistency::once_there;
use lib_common::reconcile::{Call, Difference, Facts, Found, Key, Known, Resource};
use serde_json::json;

use super::group::described;
use super::group_rules::{self, set_egress, set_ingress, texts};
use crate::layout::{ANYWHERE, DEFAULT_GROUP, VPC};
use crate::rule::Rule;
use crate::site::{Site, facts, filter};

/// The group that came with the VPC. Nothing of the team uses it, so it lets nothing in or out
/// (CIS AWS Foundations Benchmark, "Ensure the default security group of every VPC restricts
/// all traffic"; Security Hub EC2.2).
pub struct DefaultGroup {
    pub site: Arc<Site>,
    /// As AWS makes it, and as it was in 2014: all from its own members, and all out.
    pub classic: bool,
}

fn found(group: &Described) -> Found {
    Found {
        id: group.group_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "ingress": texts(group.ip_permissions()),
            "egress": texts(group.ip_permissions_egress()),
        })),
    }
}

impl DefaultGroup {
    async fn of(&self, vpc: &str) -> Result<Vec<Described>> {
        let filters = vec![filter("vpc-id", vpc), filter("group-name", "default")];
        described(&self.site, filters).await
    }
}

#[async_trait]
impl Resource for DefaultGroup {
    fn name(&self) -> &str {
        DEFAULT_GROUP
    }

    fn kind(&self) -> &'static str {
        "security group"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Mend(wrong) => group_rules::call(wrong),
            _ => None,
        }
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        group_rules::opens(difference)
    }

    fn needs(&self) -> Vec<String> {
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let groups = match key {
            // The VPC brought it, so it bears no tags.
            Key::Tags => return Ok(Vec::new()),
            Key::Id(id) => described(&self.site, vec![filter("group-id", id)]).await?,
            Key::Nature => self.of(&known.id(VPC)).await?,
        };
        Ok(groups.iter().map(found).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        if !self.classic {
            return facts(json!({"ingress": [], "egress": []}));
        }
        let own = Rule::all(&known.id(DEFAULT_GROUP)).to_string();
        facts(json!({"ingress": [own], "egress": [Rule::all(ANYWHERE).to_string()]}))
    }

    /// It was made with the VPC.
    async fn create(&self, known: &Known) -> Result<Found> {
        let vpc = known.id(VPC);
        let look = || async { Ok(self.of(&vpc).await?.first().map(found)) };
        once_there(&format!("{vpc} to have a security group"), look).await
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            match wrong.fact.as_str() {
                "ingress" => set_ingress(&self.site, &it.id, wrong).await?,
                _ => set_egress(&self.site, &it.id, wrong).await?,
            }
        }
        Ok(())
    }

    /// It goes with the VPC.
    async fn delete(&self, _it: &Found) -> Result<()> {
        Ok(())
    }
}
