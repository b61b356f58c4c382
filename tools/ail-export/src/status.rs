//! `ail-export status`.

use clap::Args;
use lib_common::aws::{self, Explain};
use lib_common::lines::List;
use lib_common::{Context, Outcome, Result};

use crate::line::Line;
use crate::{scope, task};

/// Whose tasks to list.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    scope: scope::Choice,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let (scope, mut record) = options.scope.read(context)?;
    let config = context.aws(&mut record).await?;
    let region = aws::region(config).to_owned();
    let tasks = task::list(&aws_sdk_ec2::Client::new(config))
        .await
        .explain(|| format!("cannot list the export tasks of {scope} ({region})"))?;
    let mut list = List::new(context.format());
    let mut count = 0;
    for task in tasks.into_iter().filter(|task| scope.has(task)) {
        list.push(Line::from(task))?;
        count += 1;
    }
    list.finish()?;
    if count == 0 {
        context.progress().say(&format!("no export tasks of {scope} ({region})"));
    }
    Ok(Outcome::printed())
}
