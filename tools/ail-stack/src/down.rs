//! `ail-stack down`.

use std::collections::BTreeMap;

use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::{Instance, KeyPair, Stack};
use lib_common::{Context, Outcome, Record, Result, lines};

use crate::services::Services;
use crate::stack::Found;
use crate::target::{Target, Which};

/// Which stack.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    which: Which,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let target = options.which.existing(context, &record)?;
    let services = Services::new(context, &mut record).await?;
    let there = look(&services, &target).await?;
    if context.options().dry_run {
        lines::print(&there.plan(&services).await?.join(""))?;
        return Ok(Outcome::printed());
    }
    if !there.is_empty() {
        context.confirm(&there.sentence(&services).await?)?;
    }
    let removed = take_down(&services, &target).await?;
    close(&mut record, &target, removed.or(there.stack))?;
    Ok(record.into())
}

/// What there is to take down.
#[derive(Debug)]
struct There {
    stack: Option<Found>,
    key_pairs: Vec<KeyPair>,
}

async fn look(services: &Services, target: &Target) -> Result<There> {
    let stack = services.find(&target.name).await?;
    if let Some(found) = &stack {
        target.owner.check(services, found).await?;
    }
    let key_pairs = match target.owner.asset_id() {
        Some(id) => services.generated_key_pairs(id).await?,
        None => Vec::new(),
    };
    Ok(There { stack, key_pairs })
}

impl There {
    fn is_empty(&self) -> bool {
        self.stack.is_none() && self.key_pairs.is_empty()
    }

    async fn plan(&self, services: &Services) -> Result<Vec<String>> {
        let mut steps = Vec::new();
        if let Some(found) = &self.stack {
            let resources = resources(services, found).await?;
            steps.push(format!("would delete the stack {}{resources}\n", found.name));
        }
        for pair in &self.key_pairs {
            let file = pair.file.display();
            steps.push(format!("would delete the key pair {} and its file {file}\n", pair.name));
        }
        if steps.is_empty() {
            steps.push("would do nothing: there is no such stack\n".to_owned());
        }
        Ok(steps)
    }

    async fn sentence(&self, services: &Services) -> Result<String> {
        let mut parts = Vec::new();
        if let Some(found) = &self.stack {
            let resources = resources(services, found).await?;
            parts.push(format!("the stack {} ({}){resources}", found.name, services.region));
        }
        parts.extend(self.key_pairs.iter().map(|pair| format!("the key pair {}", pair.name)));
        Ok(format!("delete {}", parts.join(" and ")))
    }
}

async fn resources(services: &Services, found: &Found) -> Result<String> {
    let mut names = Vec::new();
    let mut pages = services
        .cloudformation
        .list_stack_resources()
        .stack_name(&found.id)
        .into_paginator()
        .items()
        .send();
    while let Some(resource) = pages.next().await {
        let resource = resource.during("ListStackResources").explain(|| {
            format!("cannot list the resources of {} ({})", found.name, services.region)
        })?;
        let name = resource.logical_resource_id().unwrap_or_default();
        names.push(match resource.physical_resource_id() {
            Some(id) => format!("{name} {id}"),
            None => name.to_owned(),
        });
    }
    Ok(match names.is_empty() {
        true => String::new(),
        false => format!(" with {}", names.join(", ")),
    })
}

/// Deletes the stack and what was made for it. Gives the stack, if there was one.
pub async fn take_down(services: &Services, target: &Target) -> Result<Option<Found>> {
    let progress = services.context.progress();
    let found = services.find(&target.name).await?;
    if let Some(found) = &found {
        target.owner.check(services, found).await?;
        let retained = services.remove(found).await?;
        if !retained.is_empty() {
            let retained = retained.join(", ");
            progress.say(&format!("{}: its template keeps {retained}", found.name));
        }
    }
    if let Some(id) = target.owner.asset_id() {
        for name in services.delete_unused_key_pairs(id).await? {
            progress.say(&format!("{name}: key pair and file deleted"));
        }
    }
    Ok(found)
}

/// Writes into the record that the stack is gone, with all that it had.
pub fn close(record: &mut Record, target: &Target, removed: Option<Found>) -> Result<()> {
    let told = record.get::<Stack>()?;
    if told.as_ref().is_some_and(|stack| stack.name != target.name) {
        return Ok(());
    }
    let stack = removed.map(|found| found.member(target.kind)).or(told);
    if let Some(stack) = stack {
        let status = "DELETE_COMPLETE".to_owned();
        record.set(&Stack { status, outputs: BTreeMap::new(), ..stack });
    }
    record.remove::<Instance>();
    if record.get::<KeyPair>()?.is_some_and(|pair| pair.generated) {
        record.remove::<KeyPair>();
    }
    Ok(())
}
