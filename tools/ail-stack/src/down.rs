//! `ail-stack down`.

use std::collections::BTreeMap;

use clap::Args;
use lib_common::record::{Instance, KeyPair, Stack};
use lib_common::{Context, Outcome, Record, Result, lines};

use crate::kind::Kind;
use crate::loss::Loss;
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
    let services = Services::new(context, &mut record, &target).await?;
    let there = look(&services, &target).await?;
    if context.options().dry_run {
        lines::print(&there.plan().join(""))?;
        return Ok(Outcome::printed());
    }
    if !there.is_empty() {
        context.confirm(&there.sentence(&services))?;
    }
    let removed = take_down(&services, &target).await?;
    for bucket in there.loss.iter().flat_map(|loss| &loss.buckets).filter(|bucket| bucket.stays) {
        context.progress().say(&format!("{}: {bucket}", target.name));
    }
    if target.kind == Some(Kind::VmBucket) && removed.is_some() {
        let again = "the next `ail-stack up --kind vm-bucket` takes it in again";
        context.progress().say(&format!("{}: {again}", target.name));
    }
    close(&mut record, &target, removed.or(there.stack))?;
    Ok(record.into())
}

/// What there is to take down.
#[derive(Debug)]
struct There {
    stack: Option<Found>,
    loss: Option<Loss>,
    key_pairs: Vec<KeyPair>,
}

async fn look(services: &Services, target: &Target) -> Result<There> {
    let stack = services.find(&target.name).await?;
    let mut loss = None;
    if let Some(found) = &stack {
        target.owner.check(services, found).await?;
        loss = Some(services.loss(found).await?);
    }
    let key_pairs = match target.owner.asset_id() {
        Some(id) => services.generated_key_pairs(id).await?,
        None => Vec::new(),
    };
    Ok(There { stack, loss, key_pairs })
}

impl There {
    fn is_empty(&self) -> bool {
        self.stack.is_none() && self.key_pairs.is_empty()
    }

    fn plan(&self) -> Vec<String> {
        let mut steps = Vec::new();
        if let Some(found) = &self.stack {
            if found.is_protected {
                steps.push(format!("would lift the protection of the stack {}\n", found.name));
            }
            let resources = self.resources();
            steps.push(format!("would delete the stack {}{resources}\n", found.name));
            steps.extend(self.consequences().map(|told| format!("would mean: {told}\n")));
        }
        for pair in &self.key_pairs {
            let file = pair.file.display();
            steps.push(format!("would delete the key pair {} and its file {file}\n", pair.name));
        }
        if steps.is_empty() {
            steps.push("would do nothing: there is no such stack\n".to_owned());
        }
        steps
    }

    fn sentence(&self, services: &Services) -> String {
        let mut parts = Vec::new();
        if let Some(found) = &self.stack {
            let protected = if found.is_protected { "the protected stack" } else { "the stack" };
            let (name, region, resources) = (&found.name, &services.region, self.resources());
            parts.push(format!("{protected} {name} ({region}){resources}"));
        }
        parts.extend(self.key_pairs.iter().map(|pair| format!("the key pair {}", pair.name)));
        let told: String = self.consequences().map(|told| format!("; {told}")).collect();
        format!("delete {}{told}", parts.join(" and "))
    }

    fn resources(&self) -> String {
        match self.loss.as_ref().map(|loss| loss.resources.join(", ")) {
            Some(resources) if !resources.is_empty() => format!(" with {resources}"),
            _ => String::new(),
        }
    }

    fn consequences(&self) -> impl Iterator<Item = String> {
        self.loss.iter().flat_map(Loss::consequences)
    }
}

/// Deletes the stack and what was made for it. Gives the stack, if there was one.
pub async fn take_down(services: &Services, target: &Target) -> Result<Option<Found>> {
    let progress = services.context.progress();
    let found = services.find(&target.name).await?;
    if let Some(found) = &found {
        target.owner.check(services, found).await?;
        let protection = match target.is_permanent() {
            true => services.unprotect(found).await?,
            false => None,
        };
        let retained = services.remove(found).await?;
        protection.into_iter().for_each(|ticket| services.context.undo().settle(ticket));
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
