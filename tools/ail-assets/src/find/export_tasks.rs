//! Export tasks.

use std::collections::HashMap;

use aws_sdk_ec2::types::ExportImageTask;
use lib_common::Result;
use lib_common::asset::{Asset, Kind};
use lib_common::aws::{During, Explain};

use super::PAGE;
use crate::account::Account;
use crate::marks::Marks;
use crate::search::Search;

/// A task that was cancelled or has failed: nothing is left of it.
const DELETED: &str = "deleted";
/// What the ids of tasks begin with, and so the names of what they write.
const PREFIX: &str = "export-ami-";

/// The export tasks that exist, and what their tags say.
pub struct Task;

pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let tasks = all(account).await?;
    Ok(tasks.iter().filter_map(|task| asset(task, search, &account.region)).collect())
}

/// EC2 filters these by state alone, so all are asked for.
async fn all(account: &Account) -> Result<Vec<ExportImageTask>> {
    account
        .ec2
        .describe_export_image_tasks()
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("DescribeExportImageTasks")
        .explain(|| format!("cannot list export tasks ({})", account.region))
}

fn asset(task: &ExportImageTask, search: &Search, region: &str) -> Option<Asset> {
    let marks = Marks::of_ec2(task.tags());
    let state = task.status().unwrap_or_default();
    if state == DELETED || !search.wants(&marks) {
        return None;
    }
    Some(Asset {
        name: task.description().map(str::to_owned),
        state: state.to_owned(),
        part_of: task.image_id().map(str::to_owned),
        ..marks.asset(Kind::ExportTask, task.export_image_task_id()?, region)
    })
}

impl Task {
    /// The runs that started the tasks, by task.
    pub async fn runs(account: &Account) -> Result<HashMap<String, String>> {
        let tasks = all(account).await?.into_iter();
        let runs = tasks.filter_map(|task| {
            Some((task.export_image_task_id()?.to_owned(), Marks::of_ec2(task.tags()).run?))
        });
        Ok(runs.collect())
    }

    /// The task that writes, or wrote, an object of this key: `…/export-ami-1.vmdk`.
    pub fn of_key(key: &str) -> Option<&str> {
        let name = key.rsplit('/').next().unwrap_or(key);
        let task = name.split('.').next().unwrap_or(name);
        task.starts_with(PREFIX).then_some(task)
    }
}

#[cfg(test)]
mod tests {
    use super::Task;

    #[test]
    fn a_key_names_its_task_until_it_is_renamed() {
        assert_eq!(Task::of_key("ai_lab/1.0/export-ami-0a.vmdk"), Some("export-ami-0a"));
        assert_eq!(Task::of_key("ai_lab/1.0/ai-lab-1.0.vmdk"), None);
        assert_eq!(Task::of_key("ai_lab/export-ami-0a/x.raw"), None);
    }
}
