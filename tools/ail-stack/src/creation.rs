//! Making a stack.

use lib_common::undo::Ticket;
use lib_common::{Error, Exit, Result};

use crate::change_set::{Step, Wanted};
use crate::contents::Plan;
use crate::events::{Ended, Follower};
use crate::services::{Services, is_refusal};
use crate::stack::Found;

/// Makes a stack, which goes again with this run if that fails and it is not to be kept.
pub async fn create(
    services: &Services,
    plan: &Plan,
    wanted: &Wanted<'_>,
    keep: bool,
) -> Result<Found> {
    let name = wanted.name;
    let ticket = (!keep).then(|| undo_stack(services, plan, name));
    let step = Step::Create { keep };
    let set = services.ask_for_change_set(&services.change_set_name(), step, wanted).await;
    if let (Err(error), Some(ticket)) = (&set, ticket)
        && is_refusal(error)
    {
        services.context.undo().settle(ticket);
    }
    let set = services.planned(set?).await?.ok_or_else(|| {
        Error::new(Exit::Failed, format!("cannot create the stack {name}: it has nothing in it"))
    })?;
    let cannot = || format!("cannot create the stack {name} ({})", services.region);
    let planned = services.find(&set.stack_id).await?.ok_or_else(|| {
        Error::new(Exit::Temporary, cannot()).because("it vanished before it was made")
    })?;
    let follower = Follower::of_own_change(services, &planned).await?;
    services.execute(&set).await?;
    let ended = follower.end().await.map_err(|error| match error.exit() {
        Exit::TimedOut => error.next("give a longer --timeout"),
        _ => error,
    })?;
    match ended.found.status.as_str() {
        "CREATE_COMPLETE" => Ok(ended.found),
        _ => Err(not_created(Error::new(Exit::Failed, cannot()), &ended, keep)),
    }
}

fn not_created(error: Error, ended: &Ended, keep: bool) -> Error {
    let Found { name, status, .. } = &ended.found;
    let error = ended.explain(error);
    match keep {
        false => error.next("mend the cause, then run the same command again"),
        true => error
            .done(format!("the stack {name} is kept as it is ({status}), with its key pair"))
            .next(format!("look at it, then `ail-stack down --name {name} --yes`")),
    }
}

/// Takes a stack back that this run makes, whether or not its making was answered.
pub fn undo_stack(services: &Services, plan: &Plan, name: &str) -> Ticket {
    let deed = services.for_clean_up().remove_if_made(name.to_owned(), plan.target.owner.clone());
    let what = format!("delete the stack {name}");
    let remedy = format!("aws cloudformation delete-stack --stack-name {name}");
    services.context.undo().push(what, remedy, deed)
}
