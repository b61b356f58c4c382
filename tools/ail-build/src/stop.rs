//! `ail-build stop`.

use std::time::Duration;

use aws_sdk_codebuild::Client;
use clap::Args;
use lib_common::aws::{self, During, Explain};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Outcome, Result, lines};

use crate::build::Build;
use crate::{chosen, codebuild};

/// CodeBuild ends a build within a minute or two.
const USUAL_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Which build to end.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    build: chosen::Choice,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (id, mut record) = options.build.read(context)?;
    let config = context.aws(&mut record).await?;
    let region = aws::region(config).to_owned();
    let codebuild = Client::new(config);
    let what = || format!("cannot stop the build {id} ({region})");
    let build = Build::from(&codebuild::get(&codebuild, &id, &region).await.explain(what)?);
    if build.has_ended() {
        context.progress().say(&format!("{id} has ended already: {}", build.status));
        record.set(&build);
        return Ok(record.into());
    }
    if context.options().dry_run {
        lines::print(&format!("would stop {id}, which is in its phase {}\n", build.phase()))?;
        return Ok(Outcome::printed());
    }
    context.confirm(&format!("stop {id}, which is in its phase {}", build.phase()))?;
    let build = stop(context, &codebuild, &id).await.explain(what)?;
    record.set(&build);
    Ok(record.into())
}

async fn stop(context: &Context, codebuild: &Client, id: &str) -> Result<Build> {
    let call = codebuild.stop_build().id(id);
    let deed = async move { call.send().await.during("StopBuild") };
    context.undo().finish(deed).await?;
    let task = context.progress().task(id);
    let build = Waiter::new(format!("{id} to end"), context.timeout(USUAL_TIMEOUT))
        .until(&task, || async {
            Ok(match codebuild::find(codebuild, id).await? {
                None => Seen::Missing,
                Some(found) => match Build::from(&found) {
                    build if build.has_ended() => Seen::Ready(build),
                    build => Seen::Pending(format!("stopping in {}", build.phase())),
                },
            })
        })
        .await?;
    // It may have been faster.
    task.done(&build.status.to_lowercase().replace('_', " "));
    Ok(build)
}
