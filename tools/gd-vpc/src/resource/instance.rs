//! The NAT instance, or the bastion.

mod life;
mod reading;

pub use reading::{described, living};

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, BlockDeviceMapping, EbsBlockDevice, HttpTokensState,
    InstanceMetadataOptionsRequest, InstanceType, ResourceType,
};
use aws_smithy_types::base64;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{Difference, Facts, Found, Key, Known, Resource};
use serde_json::{Value, json};

use crate::choice::Choice;
use crate::consistency::once_known;
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
}

impl Instance {
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

    async fn set_tokens(&self, id: &str) -> Result<()> {
        let call = self.site.ec2.modify_instance_metadata_options().instance_id(id);
        let call = call.http_tokens(self.tokens());
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
        self.read(filters).await
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "type": self.instance_type,
            "subnet": known.id(&self.subnet),
            "groups": [known.id(self.group)],
            "key_name": self.key_name,
            "source_dest_check": !self.forwards,
            "state": "running",
            "metadata_tokens": self.tokens().as_str(),
            "root_encrypted": !self.classic,
            "user_data_sha256": self.user_data.map(|text| digest(text.as_bytes())),
            "tags": self.site.wished_tags(self.name),
        }))
    }

    fn mends(&self, fact: &str) -> bool {
        matches!(fact, "groups" | "source_dest_check" | "state" | "metadata_tokens" | "tags")
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let image = self.choice.image().await?;
        let root = EbsBlockDevice::builder().set_encrypted((!self.classic).then_some(true)).build();
        let root = BlockDeviceMapping::builder().device_name(&image.root_device).ebs(root).build();
        let metadata = InstanceMetadataOptionsRequest::builder().http_tokens(self.tokens()).build();
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
        let made =
            answer.await.explain(|| self.site.cannot(&format!("start the {}", self.name)))?;
        let mut made = reading::found(made.instances().first());
        // As asked for: what these say of a new instance is known later.
        let wish = self.wish(known);
        for asked in ["root_encrypted", "user_data_sha256", "metadata_tokens", "groups", "tags"] {
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
                "metadata_tokens" => self.set_tokens(&it.id).await?,
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
