//! Tags as each service writes them.

use std::collections::BTreeMap;

use aws_sdk_autoscaling::types::Tag as GroupTag;
use aws_sdk_cloudwatch::types::Tag as AlarmTag;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag as Ec2Tag, TagSpecification};
use aws_sdk_iam::types::Tag as IamTag;
use lib_common::reconcile::Difference;
use lib_common::tags::Tags;
use lib_common::team::{RESOURCE, TEAM, Team, own};
use serde_json::Value;

/// The own ones among the tags of something, as a fact.
pub fn fact(tags: &BTreeMap<String, String>) -> Value {
    own(tags.iter().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// The tags that a difference asks for.
pub fn wished(difference: &Difference) -> Tags {
    let members = difference.expected.as_object().into_iter().flatten();
    members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

pub fn ec2(tags: &Tags) -> Vec<Ec2Tag> {
    tags.iter().map(|(key, value)| Ec2Tag::builder().key(key).value(value).build()).collect()
}

/// For a creating call of EC2: the tags of what it makes.
pub fn specification(kind: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(kind).set_tags(Some(ec2(tags))).build()
}

pub fn of_ec2(tags: Option<Vec<Ec2Tag>>) -> BTreeMap<String, String> {
    let pairs = tags.unwrap_or_default().into_iter();
    pairs.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

/// What of EC2 carries the tags of a resource of the team.
pub fn filters(team: &Team, resource: &str) -> Vec<Filter> {
    vec![
        filter(&format!("tag:{TEAM}"), team.as_str()),
        filter(&format!("tag:{RESOURCE}"), resource),
    ]
}

pub fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

pub fn iam(tags: &Tags) -> Vec<IamTag> {
    let tag = |(key, value): &(String, String)| {
        IamTag::builder().key(key).value(value).build().expect("key and value are given")
    };
    tags.iter().map(tag).collect()
}

pub fn of_iam(tags: Option<Vec<IamTag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Tags of a group, which its instances get too.
pub fn group(name: &str, tags: &Tags) -> Vec<GroupTag> {
    let tag = |(key, value): &(String, String)| {
        GroupTag::builder()
            .resource_id(name)
            .resource_type("auto-scaling-group")
            .key(key)
            .value(value)
            .propagate_at_launch(true)
            .build()
    };
    tags.iter().map(tag).collect()
}

pub fn alarm(tags: &Tags) -> Vec<AlarmTag> {
    tags.iter().map(|(key, value)| AlarmTag::builder().key(key).value(value).build()).collect()
}
