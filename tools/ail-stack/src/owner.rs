//! Whose stack it is. Names are not enough: the ids `1.0` and `1-0` share one.

use lib_common::aws::{During, Explain};
use lib_common::{AssetId, Context, Error, Exit, Result, tags};

use crate::services::Services;
use crate::stack::Found;

/// Who a stack belongs to, by its tags.
#[derive(Clone, Debug)]
pub enum Owner {
    /// One release.
    Asset(AssetId),
    /// All of them: a permanent stack, which no release takes with it.
    Everybody,
}

impl Owner {
    /// Refuses a stack of another owner.
    pub async fn check(&self, services: &Services, found: &Found) -> Result<()> {
        let value = match found.tag(self.key()) {
            Some(value) => Some(value.to_owned()),
            // The tags of a change set are not the stack's before it is executed.
            None if found.status == "REVIEW_IN_PROGRESS" => {
                match tag_of_change_sets(services, found, self.key()).await? {
                    ChangeSets::None => return Ok(()),
                    ChangeSets::Tagged(value) => Some(value),
                    ChangeSets::Untagged => None,
                }
            }
            None => None,
        };
        if value.as_deref() == Some(self.value()) {
            return Ok(());
        }
        Err(Error::new(Exit::Exists, self.refusal(services, found, value.as_deref()))
            .next(self.advice(found)))
    }

    /// Whether a failed run may take this stack back. One that all releases share goes only
    /// by the run that made it: another run may have made it at the same moment.
    pub async fn lets_take_back(&self, services: &Services, found: &Found) -> Result<bool> {
        if self.check(services, found).await.is_err() {
            return Ok(false);
        }
        if self.asset_id().is_some() {
            return Ok(true);
        }
        let own = |run: &str| run == services.context.run();
        if found.status != "REVIEW_IN_PROGRESS" {
            return Ok(found.tag(tags::RUN).is_some_and(own));
        }
        Ok(match tag_of_change_sets(services, found, tags::RUN).await? {
            ChangeSets::None => true,
            ChangeSets::Untagged => false,
            ChangeSets::Tagged(run) => own(&run),
        })
    }

    fn refusal(&self, services: &Services, found: &Found, value: Option<&str>) -> String {
        let (name, region) = (&found.name, &services.region);
        let key = self.key();
        match (self, value) {
            (Self::Asset(id), Some(other)) => {
                format!("the stack {name} ({region}) belongs to {other}, not to {id} (tag {key})")
            }
            (Self::Asset(id), None) => {
                format!("the stack {name} ({region}) does not belong to {id}: it has no tag {key}")
            }
            (Self::Everybody, _) => {
                format!("the stack {name} ({region}) was not made by ail-stack (tag {key})")
            }
        }
    }

    fn advice(&self, found: &Found) -> String {
        match self {
            Self::Asset(_) => "choose another --asset-id, or another --name".to_owned(),
            Self::Everybody => format!(
                "adopt it by tagging it {}={}: `aws cloudformation update-stack --stack-name {} …`",
                self.key(),
                self.value(),
                found.name
            ),
        }
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Asset(_) => tags::ASSET_ID,
            Self::Everybody => tags::TOOL,
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Asset(id) => id.as_str(),
            Self::Everybody => env!("CARGO_PKG_NAME"),
        }
    }

    /// The tags of a new stack, which CloudFormation hands on to its resources.
    pub fn tags(&self, context: &Context, lifetime: Lifetime) -> tags::Tags {
        match (self, lifetime) {
            (Self::Asset(id), Lifetime::Passing) => context.passing_tags(id),
            (Self::Asset(id), Lifetime::Lasting) => context.lasting_tags(id),
            // No asset id: `ail-assets rm` of a release must leave it alone.
            (Self::Everybody, _) => vec![
                (tags::TOOL.to_owned(), context.tool().to_owned()),
                (tags::RUN.to_owned(), context.run().to_owned()),
            ],
        }
    }

    pub fn asset_id(&self) -> Option<&AssetId> {
        match self {
            Self::Asset(id) => Some(id),
            Self::Everybody => None,
        }
    }
}

/// Whether a stack is meant to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// A run takes it down again; its tag `ail:expires` says when anybody may.
    Passing,
    /// It stays until somebody takes it down.
    Lasting,
}

enum ChangeSets {
    None,
    Untagged,
    Tagged(String),
}

async fn tag_of_change_sets(services: &Services, found: &Found, key: &str) -> Result<ChangeSets> {
    let cannot = || format!("cannot tell whose the stack {} is ({})", found.name, services.region);
    let mut pages = services
        .cloudformation
        .list_change_sets()
        .stack_name(&found.id)
        .into_paginator()
        .items()
        .send();
    let mut any = false;
    while let Some(summary) = pages.next().await {
        let summary = summary.during("ListChangeSets").explain(cannot)?;
        let described = services
            .cloudformation
            .describe_change_set()
            .stack_name(&found.id)
            .change_set_name(summary.change_set_name().unwrap_or_default())
            .send()
            .await
            .during("DescribeChangeSet")
            .explain(cannot)?;
        any = true;
        if let Some(tag) = described.tags().iter().find(|tag| tag.key() == Some(key)) {
            return Ok(ChangeSets::Tagged(tag.value().unwrap_or_default().to_owned()));
        }
    }
    Ok(if any { ChangeSets::Untagged } else { ChangeSets::None })
}
