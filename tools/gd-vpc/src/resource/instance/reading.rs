//! What an instance is like.

use aws_sdk_ec2::types::{Filter, Instance as Described, InstanceAttributeName, InstanceStateName};
use aws_smithy_types::base64;
use futures::future::try_join_all;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::Found;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Instance;
use crate::site::{Site, facts, filter, own_tags};

/// A fact of an instance that does not run yet.
pub const PENDING: &str = "pending";

/// The SHA-256 of a text, in hex.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The instances that answer to these filters, in each state.
pub async fn described(site: &Site, filters: Vec<Filter>) -> Result<Vec<Described>> {
    let call = site.ec2.describe_instances().set_filters(Some(filters));
    let pages = call.into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.during("DescribeInstances");
    let all = all.explain(|| site.cannot("look for instances"))?;
    Ok(all.into_iter().flat_map(|one| one.instances.unwrap_or_default()).collect())
}

/// The states of an instance that is there.
pub fn living() -> Filter {
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned).into();
    Filter::builder().name("instance-state-name").set_values(Some(states)).build()
}

/// What a description says of it.
pub fn found(instance: Option<&Described>) -> Found {
    let nothing = Described::builder().build();
    let instance = instance.unwrap_or(&nothing);
    // Their order means nothing: the first is the one that it was started with.
    let interface = instance
        .network_interfaces()
        .iter()
        .find(|interface| interface.attachment().is_some_and(|it| it.device_index() == Some(0)));
    let mut groups: Vec<_> =
        instance.security_groups().iter().filter_map(|g| g.group_id()).collect();
    groups.sort_unstable();
    let state = instance.state().and_then(|state| state.name());
    let pending = state == Some(&InstanceStateName::Pending);
    let metadata = instance.metadata_options();
    let endpoint = metadata.and_then(|options| options.http_endpoint());
    let tokens = metadata.and_then(|options| options.http_tokens());
    let mut found = Found {
        id: instance.instance_id().unwrap_or_default().to_owned(),
        facts: facts(json!({
            "image": instance.image_id(),
            "type": instance.instance_type().map(|kind| kind.as_str()),
            "subnet": instance.subnet_id(),
            "groups": groups,
            "key_name": instance.key_name(),
            "source_dest_check": instance.source_dest_check(),
            // On its way there.
            "state": if pending { Some("running") } else { state.map(InstanceStateName::as_str) },
            "metadata": endpoint.map(|endpoint| endpoint.as_str()),
            "metadata_hops": metadata.and_then(|options| options.http_put_response_hop_limit()),
            "metadata_tokens": tokens.map(|tokens| tokens.as_str()),
            "instance_profile": instance.iam_instance_profile().and_then(|profile| profile.arn()),
            "interface": interface.and_then(|interface| interface.network_interface_id()),
            "private_address": instance.private_ip_address(),
            "tags": own_tags(instance.tags()),
        })),
    };
    if pending {
        found.facts.insert(PENDING.to_owned(), Value::from(true));
    }
    found
}

impl Instance {
    /// The living instances that answer to these filters, with what takes calls of its own.
    pub(super) async fn read(&self, mut filters: Vec<Filter>) -> Result<Vec<Found>> {
        filters.push(living());
        let all = described(&self.site, filters).await?;
        try_join_all(all.iter().map(|instance| self.with_details(instance))).await
    }

    async fn with_details(&self, instance: &Described) -> Result<Found> {
        let mut found = found(Some(instance));
        let (encrypted, user_data) =
            futures::try_join!(self.root_encrypted(instance), self.user_data(&found.id))?;
        let user_data = user_data.map(|bytes| digest(&bytes));
        found.facts.insert("root_encrypted".to_owned(), Value::from(encrypted));
        found.facts.insert("user_data_sha256".to_owned(), Value::from(user_data));
        Ok(found)
    }

    async fn root_encrypted(&self, instance: &Described) -> Result<Option<bool>> {
        let root = instance.root_device_name();
        let root = instance.block_device_mappings().iter().find(|one| one.device_name() == root);
        let Some(volume) = root.and_then(|root| root.ebs()?.volume_id()) else {
            return Ok(None);
        };
        let call = self.site.ec2.describe_volumes().filters(filter("volume-id", volume));
        let answer = call.send().await.during("DescribeVolumes");
        let answer = answer.explain(|| self.site.cannot(&format!("look at {volume}")))?;
        Ok(answer.volumes().first().and_then(|volume| volume.encrypted()))
    }

    async fn user_data(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let call = self.site.ec2.describe_instance_attribute().instance_id(id);
        let call = call.attribute(InstanceAttributeName::UserData);
        let answer = call.send().await.during("DescribeInstanceAttribute");
        let answer = answer.explain(|| self.site.cannot(&format!("read the user data of {id}")))?;
        let text = answer.user_data().and_then(|value| value.value());
        Ok(text.filter(|text| !text.is_empty()).and_then(|text| base64::decode(text).ok()))
    }
}
