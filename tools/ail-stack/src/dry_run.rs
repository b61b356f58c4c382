//! What would be done, in lines on stdout.

use lib_common::{Outcome, Result, lines};

use crate::contents::{Key, Plan, key_name_of};
use crate::kept;
use crate::services::Services;
use crate::stack::{Found, Phase};
use crate::up;

/// Prints what `up` would do. Only calls that read are made.
pub async fn up(services: &Services, plan: &Plan) -> Result<Outcome> {
    lines::print(&steps(services, plan).await?.join(""))?;
    Ok(Outcome::printed())
}

/// Prints what `run` would do.
pub async fn run(services: &Services, plan: &Plan, command: &str) -> Result<Outcome> {
    let mut steps = steps(services, plan).await?;
    let name = &plan.target.name;
    steps.push(format!("would run: {command}\n"));
    steps.push(format!("would delete the stack {name}\n"));
    if let (Some(Key::Generated), Some(id)) = (&plan.key, plan.target.owner.asset_id()) {
        steps.push(format!("would delete the key pairs made for {id}, and their files\n"));
    }
    lines::print(&steps.join(""))?;
    Ok(Outcome::printed())
}

async fn steps(services: &Services, plan: &Plan) -> Result<Vec<String>> {
    plan.check(services).await?;
    let name = &plan.target.name;
    let found = services.find(name).await?;
    if let Some(found) = &found {
        plan.target.owner.check(services, found).await?;
    }
    match found {
        Some(found) if found.phase() == Phase::Live => {
            let mut steps = taking_in(services, plan, Some(&found)).await?;
            steps.push(change(services, plan, &found).await?);
            Ok(steps)
        }
        Some(found) if found.phase() != Phase::Dead => {
            Ok(vec![format!("would wait for the stack {name}, which is in {}\n", found.status)])
        }
        Some(found) => {
            let mut steps = vec![format!("would delete the stack {name} ({})\n", found.status)];
            steps.extend(creation(services, plan).await?);
            Ok(steps)
        }
        None => creation(services, plan).await,
    }
}

async fn change(services: &Services, plan: &Plan, found: &Found) -> Result<String> {
    let values = plan.values_over(found, plan.own_key_name().or(key_name_of(&found.parameters)));
    Ok(match up::is_as_planned(services, plan, &values, found).await? {
        true => format!("would change nothing: the stack {} is as asked for\n", found.name),
        false => format!(
            "would change the stack {} by a change set; `ail-stack diff` shows it\n",
            found.name
        ),
    })
}

async fn taking_in(services: &Services, plan: &Plan, found: Option<&Found>) -> Result<Vec<String>> {
    let bucket = kept::find(services, plan, found).await?;
    let step = |bucket| format!("would take in the bucket {bucket}, which an earlier stack kept\n");
    Ok(bucket.into_iter().map(step).collect())
}

async fn creation(services: &Services, plan: &Plan) -> Result<Vec<String>> {
    let mut steps = taking_in(services, plan, None).await?;
    match (&plan.key, plan.target.owner.asset_id()) {
        (Some(Key::Own { name, .. }), _) => steps.push(format!("would use the key pair {name}\n")),
        (Some(Key::Generated), Some(id)) => {
            let earlier = services.generated_key_pairs(id).await?;
            steps.push(match earlier.iter().find(|pair| pair.file.exists()) {
                Some(pair) => format!("would use the key pair {} of an earlier run\n", pair.name),
                None => {
                    let name = id.key_pair_name(services.context.run());
                    format!("would make the key pair {name}\n")
                }
            });
        }
        _ => {}
    }
    let resources = plan.template.resources().iter();
    let resources: Vec<_> =
        resources.map(|(name, resource)| format!("{name} ({})", resource.r#type)).collect();
    let name = &plan.target.name;
    steps.push(format!("would create the stack {name}: {}\n", resources.join(", ")));
    Ok(steps)
}
