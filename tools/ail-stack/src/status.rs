//! `ail-stack status`.

use clap::Args;
use lib_common::lines::List;
use lib_common::{Context, Error, Exit, Outcome, Result};

use crate::line::Status;
use crate::services::Services;
use crate::stack::Found;
use crate::target::Which;

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
    let found = services.find(&target.name).await?.ok_or_else(|| {
        let what = format!("there is no stack {} ({})", target.name, services.region);
        Error::new(Exit::NotFound, what).next("make it with `ail-stack up`")
    })?;
    target.owner.check(&services, &found).await?;

    let mut list = List::new(context.format());
    list.push(stack(&found))?;
    for (key, value) in &found.outputs {
        list.push(Status {
            what: "output",
            name: key.clone(),
            status: None,
            value: value.clone(),
            resource_type: None,
            reason: None,
        })?;
    }
    for resource in services.resources(&found).await? {
        list.push(Status {
            what: "resource",
            name: resource.logical_resource_id().unwrap_or_default().to_owned(),
            status: resource.resource_status().map(|status| status.as_str().to_owned()),
            value: resource.physical_resource_id().unwrap_or_default().to_owned(),
            resource_type: resource.resource_type().map(str::to_owned),
            reason: resource.resource_status_reason().map(str::to_owned),
        })?;
    }
    list.finish()?;
    Ok(Outcome::printed())
}

fn stack(found: &Found) -> Status {
    Status {
        what: "stack",
        name: found.name.clone(),
        status: Some(found.status.clone()),
        value: found.id.clone(),
        resource_type: None,
        reason: found.reason.clone(),
    }
}
