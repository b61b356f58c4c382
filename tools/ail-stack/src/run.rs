//! `ail-stack run`.

use std::io::IsTerminal;

use clap::Args;
use lib_common::progress::Task;
use lib_common::record::{Image, KeyPair};
use lib_common::{Context, Error, Exit, Outcome, Record, Result, lines};

use crate::command::{self, Command, Ended};
use crate::contents::Contents;
use crate::down;
use crate::dry_run;
use crate::made::Makes;
use crate::services::Services;
use crate::target::Target;
use crate::up::{self, Manner};

/// The stack, and what runs while it is up.
#[derive(Args, Debug)]
pub struct Options {
    /// Command to run while the stack is up
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<String>,

    /// What COMMAND makes: where it is there already and finished, COMMAND does not run and
    /// nothing is brought up; what an interrupted run left is taken down
    #[arg(long, value_name = "WHAT")]
    makes: Option<Makes>,

    #[command(flatten)]
    contents: Contents,
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
    let services = Services::new(context, &mut record, &plan.target).await?;

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
    let shown = show(context, &command::title(line));
    let command = Command::start(line, &environment(services), record)?;
    let ticket = context.undo().push("end the command", command.remedy(), command.stop());
    let ended = command.ended().await;
    context.undo().settle(ticket);
    drop(shown);
    output(&ended, line)
}

/// Says what runs. On a terminal the command draws its own progress, beside which ours
/// must not move; elsewhere ours is the heartbeat of a silent command.
fn show(context: &Context, title: &str) -> Option<Task> {
    let what = format!("{} run", context.tool());
    match std::io::stderr().is_terminal() {
        true => {
            context.progress().say(&format!("{what}: {title}"));
            None
        }
        false => {
            let task = context.progress().task(what);
            task.state(title);
            Some(task)
        }
    }
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
async fn finish(services: &Services, mut record: Record, target: &Target) -> Result<Outcome> {
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
async fn skip(services: &Services, record: Record, target: &Target) -> Result<Outcome> {
    let image = record.get::<Image>()?.map_or_else(String::new, |image| image.name);
    let line = format!("{image} is there already: nothing to run");
    if services.context.options().dry_run {
        lines::print(&format!("{line}; would take down what an earlier run left\n"))?;
        return Ok(Outcome::printed());
    }
    services.context.progress().say(&line);
    finish(services, record, target).await
}
