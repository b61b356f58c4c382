//! What is lost with a stack, and what its template keeps.

use std::fmt;

use aws_sdk_cloudformation::types::ResourceStatus;
use humansize::{BINARY, format_size};
use lib_common::aws::{During, Explain};
use lib_common::{Error, Result};

use crate::services::Services;
use crate::stack::Found;
use crate::template::{DeletionPolicy, Template};

/// How many objects are named; the others are counted.
const NAMED: usize = 5;

/// What a stack has.
#[derive(Debug)]
pub struct Loss {
    /// Every resource, `Name id`.
    pub resources: Vec<String>,
    pub buckets: Vec<Bucket>,
    /// Host names under which nothing is served any more.
    pub hosts: Vec<String>,
    /// Logs that go with it.
    pub logs: Vec<String>,
}

/// A bucket and what is in it.
#[derive(Debug)]
pub struct Bucket {
    pub name: String,
    /// Whether the template keeps it.
    pub stays: bool,
    pub contents: Contents,
}

/// What is in a bucket, as far as that could be read.
#[derive(Debug)]
pub enum Contents {
    Objects { first: Vec<String>, count: u64, bytes: u64 },
    Unread(Error),
}

impl Services {
    /// What goes, and what stays, if the stack is deleted.
    pub async fn loss(&self, found: &Found) -> Result<Loss> {
        let mut buckets = Vec::new();
        let mut loss = Loss {
            resources: Vec::new(),
            buckets: Vec::new(),
            hosts: Vec::new(),
            logs: Vec::new(),
        };
        for resource in self.resources(found).await? {
            if resource.resource_status() == Some(&ResourceStatus::DeleteComplete) {
                continue;
            }
            let name = resource.logical_resource_id().unwrap_or_default();
            let Some(id) = resource.physical_resource_id() else {
                loss.resources.push(name.to_owned());
                continue;
            };
            loss.resources.push(format!("{name} {id}"));
            match resource.resource_type().unwrap_or_default() {
                "AWS::S3::Bucket" => buckets.push((name.to_owned(), id.to_owned())),
                "AWS::CloudFront::Distribution" => {
                    loss.hosts.extend(found.outputs.get("DistributionDomainName").cloned());
                }
                "AWS::Logs::LogGroup" => loss.logs.push(id.to_owned()),
                _ => {}
            }
        }
        if !buckets.is_empty() {
            loss.buckets = self.buckets(found, buckets).await?;
        }
        Ok(loss)
    }

    /// The buckets of these logical names and ids, with what the stack's template says of them.
    async fn buckets(&self, found: &Found, ids: Vec<(String, String)>) -> Result<Vec<Bucket>> {
        let template = self.template_of(found).await?;
        let mut buckets = Vec::new();
        for (logical, name) in ids {
            let stays = template.as_ref().is_some_and(|template| keeps(template, &logical));
            let contents = self.contents_of(&name).await;
            buckets.push(Bucket { name, stays, contents });
        }
        Ok(buckets)
    }

    /// The template that the stack was made by; `None` where it is none that can be read here.
    async fn template_of(&self, found: &Found) -> Result<Option<Template>> {
        let answer = self
            .cloudformation
            .get_template()
            .stack_name(&found.id)
            .send()
            .await
            .during("GetTemplate")
            .explain(|| format!("cannot read the stack {} ({})", found.name, self.region))?;
        Ok(answer.template_body.and_then(|body| Template::parse(body).ok()))
    }

    async fn contents_of(&self, bucket: &str) -> Contents {
        let mut pages = self.s3.list_objects_v2().bucket(bucket).into_paginator().send();
        let (mut first, mut count, mut bytes) = (Vec::new(), 0, 0);
        while let Some(page) = pages.next().await {
            let page = match page.during("ListObjectsV2") {
                Ok(page) => page,
                Err(error) => return Contents::Unread(error),
            };
            for object in page.contents() {
                count += 1;
                bytes +=
                    object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
                if first.len() < NAMED {
                    first.push(object.key().unwrap_or_default().to_owned());
                }
            }
        }
        Contents::Objects { first, count, bytes }
    }
}

fn keeps(template: &Template, resource: &str) -> bool {
    template.resources().get(resource).is_some_and(|resource| {
        matches!(
            resource.deletion_policy,
            DeletionPolicy::Retain | DeletionPolicy::RetainExceptOnCreate
        )
    })
}

impl Loss {
    /// The consequences that a list of resources does not tell, a phrase each.
    pub fn consequences(&self) -> Vec<String> {
        let buckets = self.buckets.iter().filter_map(Bucket::consequence);
        let hosts = self.hosts.iter().map(|host| format!("https://{host} serves nothing any more"));
        let logs = self.logs.iter().map(|group| format!("the logs in {group} are lost"));
        buckets.chain(hosts).chain(logs).collect()
    }
}

impl Bucket {
    fn consequence(&self) -> Option<String> {
        let Self { name, contents, .. } = self;
        match (&self.contents, self.stays) {
            (Contents::Objects { count: 0, .. }, false) => None,
            (Contents::Objects { .. }, true) => {
                Some(format!("the bucket {name} stays, {contents}"))
            }
            (Contents::Objects { .. }, false) => {
                Some(format!("the bucket {name} has to be emptied first, {contents}"))
            }
            (Contents::Unread(error), true) => {
                Some(format!("the bucket {name} stays, unread: {}", error.summary()))
            }
            (Contents::Unread(error), false) => {
                Some(format!("the bucket {name} goes, unread: {}", error.summary()))
            }
        }
    }
}

/// One that has stayed, and how to be rid of it.
impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, contents, .. } = self;
        write!(f, "the bucket {name} is kept, ")?;
        match contents {
            Contents::Objects { .. } => contents.fmt(f)?,
            Contents::Unread(_) => f.write_str("unread")?,
        }
        write!(f, "; `aws s3 rb --force s3://{name}` removes it")
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects { count: 0, .. } => f.write_str("empty"),
            Self::Objects { first, count, bytes } => {
                let noun = if *count == 1 { "object" } else { "objects" };
                write!(
                    f,
                    "with {count} {noun} of {}: {}",
                    format_size(*bytes, BINARY),
                    first.join(", ")
                )?;
                match count.saturating_sub(NAMED as u64) {
                    0 => Ok(()),
                    more => write!(f, " and {more} more"),
                }
            }
            Self::Unread(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(count: u64, bytes: u64) -> Contents {
        let first = (1..=count).take(NAMED).map(|number| format!("o{number}")).collect();
        Contents::Objects { first, count, bytes }
    }

    #[test]
    fn a_few_objects_are_named_and_the_others_counted() {
        assert_eq!(objects(0, 0).to_string(), "empty");
        assert_eq!(objects(1, 700).to_string(), "with 1 object of 700 B: o1");
        assert_eq!(
            objects(7, 5 << 30).to_string(),
            "with 7 objects of 5 GiB: o1, o2, o3, o4, o5 and 2 more"
        );
    }

    #[test]
    fn what_stays_is_told_and_an_empty_bucket_that_goes_is_not() {
        let bucket = |stays, contents| Bucket { name: "b".to_owned(), stays, contents };
        assert_eq!(bucket(false, objects(0, 0)).consequence(), None);
        assert_eq!(
            bucket(true, objects(0, 0)).consequence().as_deref(),
            Some("the bucket b stays, empty")
        );
        assert_eq!(
            bucket(false, objects(1, 1)).consequence().as_deref(),
            Some("the bucket b has to be emptied first, with 1 object of 1 B: o1")
        );
    }
}
