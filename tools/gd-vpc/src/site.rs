//! Where the network is: EC2 in one region, and whose it is.

use aws_config::SdkConfig;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use lib_common::aws::{self, During, Explain};
use lib_common::reconcile::{Facts, Key};
use lib_common::team::{self, RESOURCE, TEAM, Team};
use lib_common::{Context, Result};
use serde_json::Value;

/// EC2 in one region, for one team.
#[derive(Clone)]
pub struct Site {
    pub ec2: Client,
    pub region: String,
    pub team: Team,
    pub context: Context,
}

impl Site {
    /// EC2 in the region of the configuration.
    pub fn new(context: &Context, config: &SdkConfig, team: Team) -> Self {
        let region = aws::region(config).to_owned();
        Self { ec2: Client::new(config), region, team, context: context.clone() }
    }

    /// `cannot delete the subnet public-subnet (eu-central-1)`
    pub fn cannot(&self, what: &str) -> String {
        format!("cannot {what} ({})", self.region)
    }

    /// What the consoles call a thing: `gameday public-subnet`.
    pub fn title(&self, resource: &str) -> String {
        format!("{} {resource}", self.team)
    }

    /// The tags that a call gives to what it makes.
    pub fn specification(&self, kind: ResourceType, resource: &str) -> TagSpecification {
        let tags = self.team.tags(&self.context, resource, &self.title(resource));
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        TagSpecification::builder().resource_type(kind).set_tags(Some(tags.collect())).build()
    }

    /// The tags that a resource shall have, as a fact.
    pub fn wished_tags(&self, resource: &str) -> Value {
        self.team.wish(resource, &self.title(resource))
    }

    /// Sets the tags that differ, to what they shall be.
    pub async fn retag(&self, id: &str, wished: &Value) -> Result<()> {
        let tags = wished.as_object().into_iter().flatten().map(|(key, value)| {
            Tag::builder().key(key).value(value.as_str().unwrap_or_default()).build()
        });
        let call = self.ec2.create_tags().resources(id).set_tags(Some(tags.collect()));
        let answer = call.send().await.during("CreateTags");
        answer.map(drop).explain(|| self.cannot(&format!("tag {id}")))
    }

    /// The filters that find a resource by its tags, or by its id where the service calls
    /// the id by that name; none for a look by nature.
    pub fn filters(&self, key: Key<'_>, resource: &str, id_name: &str) -> Option<Vec<Filter>> {
        match key {
            Key::Tags => Some(vec![
                filter(&format!("tag:{TEAM}"), self.team.as_str()),
                filter(&format!("tag:{RESOURCE}"), resource),
            ]),
            Key::Id(id) => Some(vec![filter(id_name, id)]),
            Key::Nature => None,
        }
    }
}

/// A filter of a Describe call.
pub fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

/// The tags that say whose a thing is, as a fact.
pub fn own_tags(tags: &[Tag]) -> Value {
    team::own(pairs(tags))
}

/// A tag's value.
pub fn tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    pairs(tags).find(|(name, _)| *name == key).map(|(_, value)| value)
}

fn pairs(tags: &[Tag]) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|tag| (tag.key().unwrap_or_default(), tag.value().unwrap_or_default()))
}

/// The members of a JSON object as facts.
pub fn facts(object: Value) -> Facts {
    match object {
        Value::Object(facts) => facts,
        _ => Facts::new(),
    }
}
