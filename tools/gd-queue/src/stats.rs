//! `gd-queue stats`.

use clap::Args;
use futures::TryStreamExt;
use lib_common::lines::{List, Row};
use lib_common::{Context, Outcome, Result};
use schemars::JsonSchema;
use serde::Serialize;

use crate::age::Ages;
use crate::depth::Depth;
use crate::names::Names;
use crate::queue::Queue;
use crate::role::Role;

/// Which queues.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    names: Names,
}

/// How full a queue is: the line that `stats` prints of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Stats {
    /// What the queue is for.
    pub queue: Role,
    /// Its name.
    pub name: String,
    #[serde(flatten)]
    pub depth: Depth,
    /// The age of the oldest message, where CloudWatch tells it.
    pub oldest_seconds: Option<u64>,
}

impl Row for Stats {
    const HEADS: &'static [&'static str] =
        &["QUEUE", "NAME", "WAITING", "IN FLIGHT", "DELAYED", "OLDEST"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.queue.to_string(),
            self.name.clone(),
            self.depth.waiting.to_string(),
            self.depth.in_flight.to_string(),
            self.depth.delayed.to_string(),
            self.oldest_seconds.map_or_else(|| "-".to_owned(), crate::age::shown),
        ]
    }
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = options.names.record(context)?;
    let queues = queues(context, &options.names, &mut record).await?;
    let depths = queues.iter().map(Depth::of);
    let depths = depths.collect::<futures::stream::FuturesOrdered<_>>().try_collect::<Vec<_>>();
    let ages = Ages::new(context.aws(&mut record).await?);
    let (depths, ages) = futures::join!(depths, ages.of(&queues));
    let ages = ages.unwrap_or_else(|error| {
        context.progress().say(&format!("the age of the oldest is not known: {}", error.summary()));
        vec![None; queues.len()]
    });
    let mut list = List::new(context.format());
    for ((queue, depth), age) in queues.iter().zip(depths?).zip(ages) {
        list.push(Stats {
            queue: queue.role,
            name: queue.name.clone(),
            oldest_seconds: age.filter(|_| depth.total() > 0),
            depth,
        })?;
    }
    list.finish()?;
    Ok(Outcome::printed())
}

/// The three queues.
pub async fn queues(
    context: &Context,
    names: &Names,
    record: &mut lib_common::Record,
) -> Result<Vec<Queue>> {
    let mut queues = Vec::new();
    for role in Role::ALL {
        queues.push(Queue::find(context, names, role, record).await?);
    }
    Ok(queues)
}
