//! `ail-stack up`.

use std::collections::BTreeMap;

use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::{Instance, KeyPair, SourceImage, Stack};
use lib_common::undo::Ticket;
use lib_common::{AssetId, Context, Error, Exit, Outcome, Record, Result};

use crate::change_set::{ChangeSet, Step, Wanted};
use crate::contents::{Contents, Key, Plan, key_name_of};
use crate::creation;
use crate::dry_run;
use crate::events::Follower;
use crate::kept;
use crate::kind::Kind;
use crate::owner::Lifetime;
use crate::services::Services;
use crate::stack::{Found, Phase};

/// The stack, and what becomes of one that fails.
#[derive(Args, Debug)]
pub struct Options {
    /// Keep what was made if it fails or is interrupted, for a look at it
    #[arg(long)]
    keep: bool,

    #[command(flatten)]
    contents: Contents,
}

/// What differs between `up` and `run`.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub keep: bool,
    /// The run takes the stack down whatever happens: also one that was there before, and
    /// what a change replaces needs no leave.
    pub passing: bool,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let Options { contents, keep } = options;
    let mut record = match contents.which.needs_record() {
        true => context.record()?,
        false => context.record_if_piped()?,
    };
    let plan = contents.plan(context, &record)?;
    let services = Services::new(context, &mut record, &plan.target).await?;
    if context.options().dry_run {
        return dry_run::up(&services, &plan).await;
    }
    raise(&services, &mut record, &plan, Manner { keep, passing: false }).await?;
    Ok(record.into())
}

/// Brings the stack up and writes it into the record.
pub async fn raise(
    services: &Services,
    record: &mut Record,
    plan: &Plan,
    manner: Manner,
) -> Result<()> {
    plan.check(services).await?;
    let inherited = match manner.passing {
        true => undo_earlier(services, plan).await?,
        false => Vec::new(),
    };
    let found = services.settled(&plan.target.name, &plan.target.owner).await?;
    let key = key_pair(services, plan, found.as_ref(), manner).await;
    // One without the key of a stack may not be the one who should take it down.
    if found.is_none() || key.as_ref().is_err_and(|error| error.exit() == Exit::Exists) {
        inherited.into_iter().for_each(|ticket| services.context.undo().settle(ticket));
    }
    let key = key?;
    let found = kept::take_in(services, plan, found, manner.keep).await?;
    let found = match found {
        None => {
            let lifetime = match (manner.passing, plan.target.kind) {
                (false, None) => Lifetime::Lasting,
                _ => Lifetime::Passing,
            };
            let wanted = Wanted {
                name: &plan.target.name,
                body: plan.template.body(),
                parameters: &plan.values_with_key(key.as_ref().map(|key| key.name.as_str())),
                capabilities: &plan.capabilities,
                tags: plan.target.owner.tags(&services.context, lifetime),
            };
            creation::create(services, plan, &wanted, manner.keep).await?
        }
        Some(found) => update(services, plan, key.as_ref(), found, manner).await?,
    };
    if plan.target.is_permanent() {
        services.protect(&found).await?;
    }
    write(record, plan, &found, key)
}

/// The user's key pair, or that of an earlier run whose private key is here, or a new one.
async fn key_pair(
    services: &Services,
    plan: &Plan,
    found: Option<&Found>,
    manner: Manner,
) -> Result<Option<KeyPair>> {
    let Some(key) = &plan.key else {
        return Ok(None);
    };
    if let Key::Own { name, file } = key {
        return services.own_key_pair(name, file).await.map(Some);
    }
    let asset_id = plan.target.owner.asset_id().ok_or_else(|| {
        Error::new(Exit::Usage, format!("no key pair is made for {}", plan.title))
            .next("give --key-name and --key-file")
    })?;
    let earlier = services.generated_key_pairs(asset_id).await?;
    let usable = |pair: &&KeyPair| pair.file.exists();
    let Some(found) = found else {
        return match earlier.iter().find(usable) {
            Some(pair) => {
                if manner.passing {
                    undo_key_pairs(services, asset_id);
                }
                Ok(Some(pair.clone()))
            }
            None => services.make_key_pair(asset_id, manner.keep).await.map(Some),
        };
    };
    let used = key_name_of(&found.parameters).unwrap_or_default();
    match earlier.iter().find(|pair| pair.name == used) {
        Some(pair) if pair.file.exists() => Ok(Some(pair.clone())),
        pair => Err(lost_key(services, found, used, pair)),
    }
}

fn lost_key(services: &Services, found: &Found, used: &str, pair: Option<&KeyPair>) -> Error {
    let Found { name, .. } = found;
    let error = Error::new(
        Exit::Exists,
        format!("the stack {name} ({}) is up, but not with a key that is here", services.region),
    );
    let (why, how) = match pair {
        Some(pair) => {
            let file = pair.file.display();
            (format!("the private key of {used} is not at {file}"), format!("copy it to {file}"))
        }
        None => (
            format!("its key pair {used} was not made by ail-stack, or is deleted"),
            format!("give --key-name '{used}' and --key-file"),
        ),
    };
    error.because(why).next(format!(
        "{how}, or take the stack down with `ail-stack down --name {name} --yes` and run this again"
    ))
}

async fn update(
    services: &Services,
    plan: &Plan,
    key: Option<&KeyPair>,
    found: Found,
    manner: Manner,
) -> Result<Found> {
    let values = plan.values_over(&found, key.map(|key| key.name.as_str()));
    if is_as_planned(services, plan, &values, &found).await? {
        return Ok(found);
    }
    let name = found.name.as_str();
    let wanted = Wanted {
        name,
        body: plan.template.body(),
        parameters: &values,
        capabilities: &plan.capabilities,
        // Those of the run that made it: other tags would be a change of every resource.
        tags: found.own_tags(),
    };
    let change_set_name = services.change_set_name();
    let ticket = undo_change_set(services, name, &change_set_name);
    let set = services.ask_for_change_set(&change_set_name, Step::Update, &wanted).await?;
    let Some(set) = services.planned(set).await? else {
        services.context.undo().settle(ticket);
        return Ok(found);
    };
    show(services, name, &set);
    if !manner.passing && !set.losses().is_empty() {
        let losses: Vec<_> = set.losses().iter().map(|change| change.sentence()).collect();
        services
            .context
            .confirm(&format!("change the stack {name} so that it {}", losses.join("; it ")))?;
    }
    let follower = Follower::of_own_change(services, &found).await?;
    services.execute(&set).await?;
    services.context.undo().settle(ticket);
    let ticket = undo_update(services, name);
    let ended = follower.end().await?;
    services.context.undo().settle(ticket);
    match ended.found.status.as_str() {
        "UPDATE_COMPLETE" => Ok(ended.found),
        status => {
            let what = format!("cannot change the stack {name} ({}): {status}", services.region);
            Err(ended
                .explain(Error::new(Exit::Failed, what))
                .next("mend the cause, then run the same command again"))
        }
    }
}

/// Whether a change set could only be empty: it would itself be a mutating call.
pub async fn is_as_planned(
    services: &Services,
    plan: &Plan,
    values: &BTreeMap<String, String>,
    found: &Found,
) -> Result<bool> {
    let whole = matches!(found.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
    if !whole || found.looks_up || plan.final_values(values) != found.parameters {
        return Ok(false);
    }
    let template = services
        .cloudformation
        .get_template()
        .stack_name(&found.id)
        .send()
        .await
        .during("GetTemplate")
        .explain(|| format!("cannot read the stack {} ({})", found.name, services.region))?;
    Ok(template.template_body().is_some_and(|body| body.trim() == plan.template.body().trim()))
}

fn show(services: &Services, name: &str, set: &ChangeSet) {
    for change in &set.changes {
        services.context.progress().say(&format!("{name}: {}", change.sentence()));
    }
}

/// A run takes down what an earlier one left, from the moment that it knows of it.
async fn undo_earlier(services: &Services, plan: &Plan) -> Result<Vec<Ticket>> {
    let Some(found) = services.find(&plan.target.name).await? else {
        return Ok(Vec::new());
    };
    plan.target.owner.check(services, &found).await?;
    let key_pairs = match (&plan.key, plan.target.owner.asset_id()) {
        (Some(Key::Generated), Some(id)) => Some(undo_key_pairs(services, id)),
        _ => None,
    };
    // The stack last: the steps run in reverse.
    Ok(key_pairs.into_iter().chain([creation::undo_stack(services, plan, &found.name)]).collect())
}

/// The service then rolls the update back.
fn undo_update(services: &Services, name: &str) -> Ticket {
    let (services, stack) = (services.for_clean_up(), name.to_owned());
    let what = format!("cancel the update of the stack {name}");
    let remedy = format!("aws cloudformation cancel-update-stack --stack-name {name}");
    let undo = services.context.undo().clone();
    undo.push(what, remedy, async move {
        let call = services.cloudformation.cancel_update_stack().stack_name(&stack);
        let cancelled = call.send().await.during("CancelUpdateStack");
        match services.find(&stack).await? {
            Some(found) if found.phase() == Phase::Busy => {
                Follower::of_change_under_way(&services, &found).end().await?;
                cancelled.map(|_| ())
            }
            // It came to its end before that.
            _ => Ok(()),
        }
    })
}

/// For key pairs of earlier runs, which go with the stack of this one.
fn undo_key_pairs(services: &Services, asset_id: &AssetId) -> Ticket {
    let (services, id) = (services.for_clean_up(), asset_id.clone());
    let what = format!("delete the key pairs made for {id}, and their files");
    let remedy = format!("ail-assets rm --asset-id '{id}' --type key-pair --type key-file --yes");
    let undo = services.context.undo().clone();
    undo.push(what, remedy, async move { services.delete_unused_key_pairs(&id).await.map(|_| ()) })
}

pub fn undo_change_set(services: &Services, stack: &str, name: &str) -> Ticket {
    let call = services.cloudformation.delete_change_set().stack_name(stack).change_set_name(name);
    let what = format!("delete the change set {name}");
    let remedy = format!(
        "aws cloudformation delete-change-set --stack-name {stack} --change-set-name {name}"
    );
    services.context.undo().push(what, remedy, async move {
        match call.send().await.during("DeleteChangeSet") {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    })
}

fn write(record: &mut Record, plan: &Plan, found: &Found, key: Option<KeyPair>) -> Result<()> {
    let member = found.member(plan.target.kind);
    // A permanent stack does not push a stack out of the record that is still to be
    // taken down.
    let passing = record.get::<Stack>()?.is_some_and(|stack| {
        stack.name != member.name
            && !stack.kind.as_deref().and_then(Kind::named).is_some_and(Kind::is_permanent)
    });
    if !(plan.target.is_permanent() && passing) {
        record.set(&member);
    }
    if let Some(key) = &key {
        record.set(key);
    }
    if let Some(instance) = instance(record, plan, found)? {
        record.set(&instance);
    }
    Ok(())
}

/// The instance, where the stack's outputs tell of one.
fn instance(record: &Record, plan: &Plan, found: &Found) -> Result<Option<Instance>> {
    let output =
        |key: &str| found.outputs.get(key).filter(|value| !value.is_empty()).map(String::as_str);
    let (Some(id), Some(image)) = (output("InstanceId"), record.get::<SourceImage>()?) else {
        return Ok(None);
    };
    let Some(host) = output("PublicDnsName").or(output("PublicIp")) else {
        return match plan.target.kind {
            None => Ok(None),
            Some(_) => Err(Error::new(
                Exit::Failed,
                format!("the instance {id} of {} has no public address", found.name),
            )
            .next("let the subnets of the default VPC assign public IPv4 addresses")),
        };
    };
    // What is known of the same instance stays known: its host keys above all.
    let known = record.get::<Instance>()?.filter(|instance| instance.id == id);
    Ok(Some(Instance {
        id: id.to_owned(),
        host: host.to_owned(),
        port: known.as_ref().map_or(22, |instance| instance.port),
        user: image.user,
        host_keys_from: known.as_ref().and_then(|instance| instance.host_keys_from),
        host_keys: known.map(|instance| instance.host_keys).unwrap_or_default(),
    }))
}
