//! `ail-build start`.

use aws_sdk_codebuild::Client;
use clap::Args;
use lib_common::aws::{self, During, Explain};
use lib_common::{Context, Error, Exit, Outcome, Result, lines};

use crate::build::Build;
use crate::order::Order;
use crate::{codebuild, project, variables, version};

/// What to build.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    project: project::Choice,
    #[command(flatten)]
    version: version::Choice,
    #[command(flatten)]
    variables: variables::Choice,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let asset_id = context.asset_id(&record)?;
    record.set_asset_id(&asset_id);
    let variables = options.variables.of(&asset_id)?;
    let config = context.aws(&mut record).await?;
    let region = aws::region(config).to_owned();
    let cloudformation = aws_sdk_cloudformation::Client::new(config);
    let project = options.project.resolve(&cloudformation, &region).await?;
    let version = options.version.reference();
    let order = Order { project, asset_id, version, variables };
    let what = || format!("cannot start a build of {} ({region})", order.project);

    let codebuild = Client::new(config);
    let recent = codebuild::recent(&codebuild, &order.project).await.explain(what)?;
    let concerned = recent.under_way.iter().find(|build| order.concerns(build));
    if let Some(found) = concerned {
        let build = Build::from(found);
        if !order.is(found) {
            return Err(taken(&order, &build).context(what()));
        }
        context.progress().say(&format!("{} is under way already: {}", build.id, build.phase()));
        record.set(&build);
        return Ok(record.into());
    }
    if context.options().dry_run {
        lines::print(&format!("would start a build of {order} ({region})\n"))?;
        return Ok(Outcome::printed());
    }
    let build = start(context, &codebuild, &order, recent.newest.as_deref()).await.explain(what)?;
    context.progress().say(&format!("{} is started ({region})", build.id));
    record.set(&build);
    Ok(record.into())
}

/// Another build releases the same asset id, and not as it is ordered now.
fn taken(order: &Order, build: &Build) -> Error {
    let version = build.version.as_deref().unwrap_or("the project's own branch");
    let what = format!(
        "{} releases the asset id {} of {version} now, with other settings",
        build.id, order.asset_id
    );
    Error::new(Exit::Exists, what)
        .because(format!("it is in its phase {}", build.phase()))
        .next(format!(
            "wait for it with `ail-build wait --build-id {0}`, or end it with `ail-build stop --build-id {0}`",
            build.id
        ))
}

async fn start(
    context: &Context,
    codebuild: &Client,
    order: &Order,
    newest: Option<&str>,
) -> Result<Build> {
    undo(context, codebuild, order);
    let overrides = order.variables.iter().map(variables::Variable::to_override).collect();
    let call = codebuild
        .start_build()
        .project_name(&order.project)
        .set_source_version(order.version.clone())
        .set_environment_variables_override(Some(overrides))
        .idempotency_token(order.token(newest));
    let deed = async move { call.send().await.during("StartBuild") };
    let answer = context.undo().finish(deed).await.map_err(|error| match error.code() {
        Some("AccountLimitExceededException") => {
            error.next("wait until a build of the project has ended, then run this again")
        }
        _ => error,
    })?;
    answer
        .build_value
        .as_ref()
        .map(Build::from)
        .ok_or_else(|| Error::new(Exit::Refused, "StartBuild: the answer names no build"))
}

/// A build whose start was interrupted has nobody who knows its id.
fn undo(context: &Context, codebuild: &Client, order: &Order) {
    let (client, own) = (codebuild.clone(), order.clone());
    context.undo().push(
        format!("stop the build of {}", order.project),
        format!(
            "aws codebuild list-builds-for-project --project-name '{}', and \
             `ail-build stop --build-id` for the newest",
            order.project
        ),
        async move {
            let recent = codebuild::recent(&client, &own.project).await?;
            for build in recent.under_way.iter().filter(|b| own.concerns(b) && own.is(b)) {
                let call = client.stop_build().id(build.id().unwrap_or_default());
                call.send().await.during("StopBuild")?;
            }
            Ok(())
        },
    );
}
