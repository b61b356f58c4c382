//! Export tasks as EC2 tells of them.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::ExportImageTask;
use lib_common::aws::During;
use lib_common::record::Format;
use lib_common::{Result, tags};

use crate::job::Job;

/// The tag with the disk's format: DescribeExportImageTasks does not tell it.
pub const FORMAT_TAG: &str = "ail:format";

/// Where a task stands. EC2 knows no "failed": what fails is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It runs.
    Active,
    /// Its object is in the bucket.
    Completed,
    /// It failed or was cancelled, and is being cleaned up.
    Deleting,
    /// It failed or was cancelled.
    Deleted,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Task {
    pub id: String,
    pub image: String,
    pub state: State,
    pub message: Option<String>,
    pub percent: Option<u8>,
    pub format: Option<Format>,
    pub asset_id: Option<String>,
    pub run: Option<String>,
    pub bucket: Option<String>,
    pub prefix: Option<String>,
}

impl Task {
    /// Whether it makes the disk of this format for this job.
    pub fn is_of(&self, job: &Job, format: Format) -> bool {
        self.image == job.image
            && self.asset_id.as_deref() == Some(job.asset_id.as_str())
            && self.format == Some(format)
            && self.bucket.as_deref() == Some(job.bucket.as_str())
            && self.prefix.as_deref() == Some(job.asset_id.object_prefix().as_str())
    }

    pub fn is_active(&self) -> bool {
        self.state == State::Active
    }

    /// How far it is: `converting 43 %`.
    pub fn how_far(&self) -> String {
        let state = self.message.as_deref().unwrap_or("active");
        match self.percent {
            Some(percent) => format!("{state} {percent} %"),
            None => state.to_owned(),
        }
    }
}

impl From<&ExportImageTask> for Task {
    fn from(task: &ExportImageTask) -> Self {
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let tag = |key| {
            let found = task.tags().iter().find(|tag| tag.key() == Some(key));
            found.and_then(|tag| text(tag.value()))
        };
        let place = task.s3_export_location();
        Self {
            id: task.export_image_task_id().unwrap_or_default().to_owned(),
            image: task.image_id().unwrap_or_default().to_owned(),
            state: match task.status() {
                Some("completed") => State::Completed,
                Some("deleting") => State::Deleting,
                Some("deleted") => State::Deleted,
                _ => State::Active,
            },
            message: text(task.status_message()),
            percent: task.progress().and_then(|text| text.trim_end_matches('%').parse().ok()),
            format: tag(FORMAT_TAG)
                .and_then(|name| Format::ALL.into_iter().find(|f| f.extension() == name)),
            asset_id: tag(tags::ASSET_ID),
            run: tag(tags::RUN),
            bucket: place.and_then(|place| text(place.s3_bucket())),
            prefix: place.and_then(|place| text(place.s3_prefix())),
        }
    }
}

/// All tasks of the region. The API has no filter but the state's.
pub async fn list(ec2: &Client) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    let mut pages = ec2.describe_export_image_tasks().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.during("DescribeExportImageTasks")?;
        tasks.extend(page.export_image_tasks().iter().map(Task::from));
    }
    Ok(tasks)
}

/// One task; `None` if EC2 does not know it (yet, or any more).
pub async fn find(ec2: &Client, id: &str) -> Result<Option<Task>> {
    let answer = ec2
        .describe_export_image_tasks()
        .export_image_task_ids(id)
        .send()
        .await
        .during("DescribeExportImageTasks");
    match answer {
        Ok(answer) => Ok(answer.export_image_tasks().first().map(Task::from)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
