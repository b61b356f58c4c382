//! The NAT instance, or the bastion.

mod life;
mod reading;

pub use reading::{described, living};

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, BlockDeviceMapping, EbsBlockDevice, HttpTokensState,
    InstanceMetadataEndpointState, InstanceMetadataOptionsRequest, InstanceType, ResourceType,
};
use aws_smithy_types::base64;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::consistency::once_known;
use lib_common::progress::Task;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::{Value, json};

use crate::choice::Choice;
use crate::classic;
use crate::layout::{INTERNET_GATEWAY, KEY_PAIR};
use crate::site::{Site, facts, filter};
use reading::{PENDING, digest};

/// An instance in a public subnet.
pub struct Instance {
    pub site: Arc<Site>,
    pub choice: Arc<Choice>,
    pub name: &'static str,
    pub subnet: String,
    pub group: &'static str,
    pub key_name: String,
    /// Whether the key pair is the team's own, made before the instance.
    pub key_is_made: bool,
    pub instance_type: String,
    /// What it runs at its first boot.
    pub user_data: Option<&'static str>,
    /// Whether it sends on packets of others.
    pub forwards: bool,
    /// As the instructions of 2014 have it.
    pub classic: bool,
    /// The one that was sealed.
    pub sealed: Option<Found>,
}

/// How far a packet of the metadata service goes: to the instance, and not from there on, such
/// as into a container (EC2 User Guide, "Instance metadata options").
const HOPS: i32 = 1;

impl Instance {
    /// Anybody can give an instance our tags. One that is not the sealed one is ours only where
    /// it was started from the same image, with which its other facts make it the same.
    fn is_ours(&self, it: &Found) -> bool {
        self.sealed.as_ref().is_none_or(|sealed| {
            it.id == sealed.id || it.facts.get("image") == sealed.facts.get("image")
        })
    }

    fn tokens(&self) -> HttpTokensState {
        match self.classic {
            true => HttpTokensState::Optional,
            false => HttpTokensState::Required,
        }
    }

    async fn set_groups(&self, interface: &str, groups: &Value) -> Result<()> {
        let groups = groups.as_array().into_iter().flatten().filter_map(Value::as_str);
        let call = self.site.ec2.modify_network_interface_attribute();
        let call = call.network_interface_id(interface);
        let call = call.set_groups(Some(groups.map(str::to_owned).collect()));
        let cannot = || self.site.cannot(&format!("set the groups of {interface}"));
        call.send().await.during("ModifyNetworkInterfaceAttribute").map(drop).explain(cannot)
    }

    async fn set_check(&self, interface: &str) -> Result<()> {
        // Of the interface, which takes it in each state of its instance.
        let call = self.site.ec2.modify_network_interface_attribute();
        let check = AttributeBooleanValue::builder().value(!self.forwards).build();
        let call = call.network_interface_id(interface).source_dest_check(check);
        let operation = "ModifyNetworkInterfaceAttribute";
        once_known(|| async { call.clone().send().await.during(operation) })
            .await
            .map(drop)
            .explain(|| self.site.cannot(&format!("set source_dest_check of {interface}")))
    }

    /// Takes the role off it: it needs none, and whoever is on it would have it.
    async fn take_role(&self, id: &str) -> Result<()> {
        let cannot = || self.site.cannot(&format!("take the instance profile off {id}"));
        let call = self.site.ec2.describe_iam_instance_profile_associations();
        let pages = call.filters(filter("instance-id", id)).into_paginator().items().send();
        let operation = "DescribeIamInstanceProfileAssociations";
        let all = pages.collect::<Result<Vec<_>, _>>().await.during(operation).explain(cannot)?;
        for association in all.iter().filter_map(|one| one.association_id()) {
            let call = self.site.ec2.disassociate_iam_instance_profile();
            let answer = call.association_id(association).send().await;
            answer.during("DisassociateIamInstanceProfile").explain(cannot)?;
        }
        Ok(())
    }

    async fn set_metadata(&self, id: &str) -> Result<()> {
        let call = self.site.ec2.modify_instance_metadata_options().instance_id(id);
        let call = call.http_tokens(self.tokens()).http_put_response_hop_limit(HOPS);
        let call = call.http_endpoint(InstanceMetadataEndpointState::Enabled);
        let cannot = || self.site.cannot(&format!("set the metadata options of {id}"));
        call.send().await.during("ModifyInstanceMetadataOptions").map(drop).explain(cannot)
    }
}

#[async_trait]
impl Resource for Instance {
    fn name(&self) -> &str {
        self.name
    }

    fn kind(&self) -> &'static str {
        "instance"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:RunInstances"),
            Call::Delete => Some("ec2:TerminateInstances"),
            Call::Mend(wrong) => Some(match wrong.fact.as_str() {
                "groups" | "source_dest_check" => "ec2:ModifyNetworkInterfaceAttribute",
                "instance_profile" => "ec2:DisassociateIamInstanceProfile",
                "metadata" | "metadata_hops" | "metadata_tokens" => {
                    "ec2:ModifyInstanceMetadataOptions"
                }
                "state" => "ec2:StartInstances",
                _ => "ec2:CreateTags",
            }),
            Call::Remove(_) => None,
        }
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        const GRAVE: [&str; 5] =
            ["state", "source_dest_check", "subnet", "groups", "instance_profile"];
        match wrong {
            // The way out of the private subnets ends there, and the way in begins there.
            Wrong::Fact(_, one) if GRAVE.contains(&one.fact.as_str()) => Severity::Critical,
            // Somebody's machine at our door.
            Wrong::Identity | Wrong::Double(_) => Severity::Critical,
            Wrong::Fact(_, one) if one.fact == "type" || one.fact.starts_with("metadata") => {
                Severity::Medium
            }
            _ => wrong.usual_severity(),
        }
    }

    fn is_known_by(&self, fact: &str) -> bool {
        // What runs on another, nobody can tell by looking at it from outside.
        fact == "id"
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        matches!(difference.fact.as_str(), "groups" | "instance_profile")
    }

    fn needs(&self) -> Vec<String> {
        // The gateway cannot be detached while the instance has a public address.
        let mut needs = vec![self.subnet.clone(), self.group.to_owned()];
        needs.push(INTERNET_GATEWAY.to_owned());
        needs.extend(self.key_is_made.then(|| KEY_PAIR.to_owned()));
        needs
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let filters = match self.site.filters(key, self.name, "instance-id") {
            Some(filters) => filters,
            // One that lost its tags: in our subnet, by the name that people gave it.
            None => vec![
                filter("subnet-id", &known.id(&self.subnet)),
                filter("tag:Name", &self.site.title(self.name)),
            ],
        };
        let mut found = self.read(filters).await?;
        found.retain(|one| self.is_ours(one));
        Ok(found)
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "type": self.instance_type,
            "subnet": known.id(&self.subnet),
            "groups": [known.id(self.group)],
            "key_name": self.key_name,
            "source_dest_check": !self.forwards,
            "state": "running",
            "metadata": "enabled",
            "metadata_hops": HOPS,
            "metadata_tokens": self.tokens().as_str(),
            "instance_profile": null,
            "root_encrypted": !self.classic,
            "user_data_sha256": self.user_data.map(|text| digest(text.as_bytes())),
            "tags": self.site.wished_tags(self.name),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        const IN_PLACE: [&str; 8] = [
            "groups",
            "instance_profile",
            "metadata",
            "metadata_hops",
            "metadata_tokens",
            "source_dest_check",
            "state",
            "tags",
        ];
        IN_PLACE.contains(&fact)
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let image = self.choice.image().await?;
        let root = EbsBlockDevice::builder().set_encrypted((!self.classic).then_some(true)).build();
        let root = BlockDeviceMapping::builder().device_name(&image.root_device).ebs(root).build();
        let metadata = InstanceMetadataOptionsRequest::builder()
            .http_endpoint(InstanceMetadataEndpointState::Enabled)
            .http_tokens(self.tokens())
            .http_put_response_hop_limit(HOPS)
            .build();
        let tags = [ResourceType::Instance, ResourceType::Volume, ResourceType::NetworkInterface]
            .map(|kind| self.site.specification(kind, self.name));
        let call = self
            .site
            .ec2
            .run_instances()
            .image_id(&image.id)
            .instance_type(InstanceType::from(self.instance_type.as_str()))
            .min_count(1)
            .max_count(1)
            .subnet_id(known.id(&self.subnet))
            .security_group_ids(known.id(self.group))
            .key_name(&self.key_name)
            .metadata_options(metadata)
            .block_device_mappings(root)
            .set_tag_specifications(Some(tags.into()))
            .set_user_data(self.user_data.map(base64::encode));
        let answer = once_known(|| async { call.clone().send().await.during("RunInstances") });
        let cannot = || self.site.cannot(&format!("start the {}", self.name));
        let made = answer.await.explain(cannot);
        let made = made.map_err(|error| classic::advise(error, self.classic))?;
        let mut made = reading::found(made.instances().first());
        // As asked for: what these say of a new instance is known later.
        let wish = self.wish(known);
        for asked in [
            "groups",
            "metadata",
            "metadata_hops",
            "metadata_tokens",
            "root_encrypted",
            "tags",
            "user_data_sha256",
        ] {
            made.facts.insert(asked.to_owned(), wish[asked].clone());
        }
        made.facts.insert(PENDING.to_owned(), Value::from(true));
        Ok(made)
    }

    async fn ready(&self, mut it: Found, task: &Task) -> Result<Found> {
        if it.facts.shift_remove(PENDING).is_none() {
            return Ok(it);
        }
        self.until_running(&it.id, task).await?;
        Ok(it)
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        let interface = it.facts.get("interface").and_then(Value::as_str).unwrap_or_default();
        for wrong in differences {
            match wrong.fact.as_str() {
                "groups" => self.set_groups(interface, &wrong.expected).await?,
                "source_dest_check" => self.set_check(interface).await?,
                "instance_profile" => self.take_role(&it.id).await?,
                "metadata" | "metadata_hops" | "metadata_tokens" => {
                    self.set_metadata(&it.id).await?;
                }
                "state" => self.start(&it.id).await?,
                _ => self.site.retag(&it.id, &wrong.expected).await?,
            }
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.terminate_instances().instance_ids(&it.id).send().await;
        let cannot = || self.site.cannot(&format!("terminate {}", it.id));
        answer.during("TerminateInstances").map(drop).explain(cannot)
    }

    async fn gone(&self, it: &Found, task: &Task) -> Result<()> {
        self.until_terminated(&it.id, task).await
    }
}
