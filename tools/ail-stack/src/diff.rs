//! `ail-stack diff`.

use clap::Args;
use lib_common::lines::List;
use lib_common::{Context, Outcome, Result, lines};

use crate::change_set::{Step, Wanted};
use crate::contents::{Contents, Plan, key_name_of};
use crate::events::Follower;
use crate::line::Change;
use crate::services::Services;
use crate::stack::{Found, Phase};
use crate::up;

/// What the stack is to be.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    contents: Contents,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = match options.contents.which.needs_record() {
        true => context.record()?,
        false => context.record_if_piped()?,
    };
    let plan = options.contents.plan(context, &record)?;
    let services = Services::new(context, &mut record, &plan.target).await?;
    plan.check(&services).await?;
    let name = &plan.target.name;
    let changes = match unchanging(&services, &plan).await? {
        Some(found) if found.phase() == Phase::Live => {
            if context.options().dry_run {
                lines::print(&format!(
                    "would make a change set of the stack {name}, show it and delete it\n"
                ))?;
                return Ok(Outcome::printed());
            }
            changes(&services, &plan, &found).await?
        }
        // Nothing to compare with. (A change set would want a key pair that exists.)
        _ => additions(&plan),
    };
    if changes.is_empty() {
        context.progress().say(&format!("the stack {name} is as asked for"));
    }
    let mut list = List::new(context.format());
    for change in changes {
        list.push(change)?;
    }
    list.finish()?;
    Ok(Outcome::printed())
}

/// The stack, once nobody changes it.
async fn unchanging(services: &Services, plan: &Plan) -> Result<Option<Found>> {
    loop {
        let Some(found) = services.find(&plan.target.name).await? else {
            return Ok(None);
        };
        plan.target.owner.check(services, &found).await?;
        match found.phase() {
            Phase::Busy | Phase::Leaving => {
                Follower::of_change_under_way(services, &found).end().await?;
            }
            _ => return Ok(Some(found)),
        }
    }
}

async fn changes(services: &Services, plan: &Plan, found: &Found) -> Result<Vec<Change>> {
    let values = plan.values_over(found, plan.own_key_name().or(key_name_of(&found.parameters)));
    if up::is_as_planned(services, plan, &values, found).await? {
        return Ok(Vec::new());
    }
    let wanted = Wanted {
        name: &found.name,
        body: plan.template.body(),
        parameters: &values,
        capabilities: &plan.capabilities,
        tags: found.own_tags(),
    };
    let name = services.change_set_name();
    up::undo_change_set(services, &found.name, &name);
    let set = services.ask_for_change_set(&name, Step::Update, &wanted).await?;
    let Some(set) = services.planned(set).await? else {
        return Ok(Vec::new());
    };
    services.delete_change_set(&set).await?;
    Ok(set.changes)
}

fn additions(plan: &Plan) -> Vec<Change> {
    let resources = plan.template.resources().iter();
    resources
        .map(|(name, resource)| Change {
            action: "Add".to_owned(),
            logical_id: name.clone(),
            resource_type: resource.r#type.clone(),
            physical_id: None,
            replacement: None,
            because: Vec::new(),
        })
        .collect()
}
