//! `ail-stack run`.

use clap::Args;
use lib_common::record::{Image, KeyPair};
use lib_common::{Context, Error, Exit, Outcome, Record, Result};

use crate::command::{self, Command, Ended};
use crate::contents::Contents;
use crate::down;
use crate::dry_run;
use crate::made::Makes;
use crate::services::Services;
use crate::up::{self, Manner};

/// Brings a stack up, runs COMMAND with the record on its stdin, and takes stack and key
/// pair down whatever happens: success, failure, SIGINT, SIGTERM. Prints the record that
/// COMMAND printed, with the stack closed and the instance gone. COMMAND's exit status is
/// that of the run; 128 + N if signal N ended it; 65 if it succeeded and printed no record.
/// A signal is handed on to COMMAND's process group, which is waited for. --timeout is for
/// each wait for the stack, not for COMMAND.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    contents: Contents,

    /// What COMMAND makes: where it is there already and finished, nothing is brought up
    /// and COMMAND does not run; what an interrupted run left is taken down
    #[arg(long, value_name = "WHAT")]
    makes: Option<Makes>,

    /// Command to run while the stack is up
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let Options { contents, makes, command } = options;
    command::check(&command[0])?;
    let mut record = match contents.which.needs_record() {
        true => context.record()?,
        false => context.record_if_piped()?,
    };
    let plan = contents.plan(context, &record)?;
    if plan.target.is_permanent() {
        let what = format!("{} is permanent, and `run` takes its stack down again", plan.title);
        return Err(Error::new(Exit::Usage, what).next("bring it up with `ail-stack up`"));
    }
    let asset_id = context.asset_id(&record)?;
    let services = Services::new(context, &mut record).await?;

    if let Some(makes) = makes
        && makes.find(&services.ec2, &mut record, &asset_id).await?
    {
        return skip(&services, record, &plan.target).await;
    }
    if context.options().dry_run {
        return dry_run::run(&services, &plan, &command::title(&command)).await;
    }
    up::raise(&services, &mut record, &plan, Manner { keep: false, passing: true }).await?;

    let result = run_command(&services, &command, &record).await?;
    finish(&services, result, &plan.target).await
}

async fn run_command(services: &Services, line: &[String], record: &Record) -> Result<Record> {
    let context = &services.context;
    context.progress().say(&format!("{} run: {}", context.tool(), command::title(line)));
    let command = Command::start(line, &environment(services), record)?;
    let ticket = context.undo().push("end the command", command.remedy(), command.stop());
    let ended = command.ended().await;
    context.undo().settle(ticket);
    output(&ended, line)
}

/// What the command's tools must agree on with this one: the run, and where to call.
fn environment(services: &Services) -> Vec<(&'static str, String)> {
    let options = services.context.options();
    let mut environment = vec![
        ("AIL_RUN", services.context.run().to_owned()),
        ("AIL_REGION", services.region.clone()),
    ];
    environment.extend(options.profile.clone().map(|profile| ("AIL_PROFILE", profile)));
    environment.extend(options.endpoint_url.clone().map(|url| ("AIL_ENDPOINT_URL", url)));
    environment
}

/// The command's record, or its failure, with its own status.
fn output(ended: &Ended, line: &[String]) -> Result<Record> {
    if ended.code() != 0 {
        let what = format!("the command {}: {}", ended.sentence(), command::title(line));
        return Err(Error::new(Exit::Failed, what).with_status(ended.code()));
    }
    Record::parse(&ended.output).map_err(|error| {
        let what = format!("the command succeeded and printed no record: {}", command::title(line));
        error.context(what).next("let it print the record that it read, with what it added")
    })
}

/// Takes everything down. What the command made is printed even if that fails.
async fn finish(
    services: &Services,
    mut record: Record,
    target: &crate::target::Target,
) -> Result<Outcome> {
    match down::take_down(services, target).await {
        Ok(removed) => {
            down::close(&mut record, target, removed)?;
            record.remove::<KeyPair>();
            Ok(record.into())
        }
        Err(error) => {
            let name = &target.name;
            let advice = format!("take it down with `ail-stack down --name {name} --yes`");
            Err(error
                .context("the command succeeded, and its stack could not be taken down")
                .next_or(|| advice)
                .partial(record))
        }
    }
}

/// There is nothing to run for; an earlier run may have been killed with its stack up.
async fn skip(
    services: &Services,
    record: Record,
    target: &crate::target::Target,
) -> Result<Outcome> {
    if let Some(image) = record.get::<Image>()? {
        let line = format!("{} ({}) is there already: nothing to run", image.name, image.id);
        services.context.progress().say(&line);
    }
    if services.context.options().dry_run {
        return Ok(record.into());
    }
    finish(services, record, target).await
}
