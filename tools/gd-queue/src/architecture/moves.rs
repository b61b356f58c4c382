//! Dead letters that somebody moves to a queue that is not the team's.

use aws_sdk_sqs::Client;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Facts, Found};
use serde_json::json;

/// How the service calls one that is under way (Amazon SQS API Reference, ListMessageMoveTasks).
const RUNNING: &str = "RUNNING";

/// The moves that are under way, but for those that go back to where jobs come from.
pub async fn find(sqs: &Client, from: &str, home: &str) -> Result<Vec<Found>> {
    let answer = sqs.list_message_move_tasks().source_arn(from).send().await;
    let tasks = match answer.during("ListMessageMoveTasks") {
        Err(error) if error.is_not_found() => return Ok(Vec::new()),
        other => other.explain(|| format!("cannot list the moves from {from}"))?,
    };
    let under_way = tasks.results().iter().filter(|task| task.status() == Some(RUNNING));
    let found = under_way.filter_map(|task| {
        // Without one they go to where each came from.
        let to = task.destination_arn().filter(|to| *to != home)?;
        let facts = [("kind", json!("message move")), ("handle", json!(task.task_handle()))];
        let facts: Facts =
            facts.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Some(Found { id: to.to_owned(), facts })
    });
    Ok(found.collect())
}

/// Stops one. That it is over already is as good.
pub async fn stop(sqs: &Client, task: &Found) -> Result<()> {
    let handle = task.facts.get("handle").and_then(|handle| handle.as_str()).unwrap_or_default();
    let asked = sqs.cancel_message_move_task().task_handle(handle).send().await;
    match asked.during("CancelMessageMoveTask") {
        Err(error) if error.is_not_found() => Ok(()),
        other => other.map(drop).explain(|| format!("cannot stop the move to {}", task.id)),
    }
}
