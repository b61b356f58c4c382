//! From the object that EC2 wrote to the disk under its name.

use std::time::Duration;

use lib_common::record::Format;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};

use crate::copy::Copy;
use crate::digest;
use crate::job::Job;
use crate::stored::{self, Marks, Stored};

/// Gives the object of a completed task its name: takes its SHA-256, copies it with that
/// in its metadata, and deletes the original once the copy is there whole.
pub async fn rename(
    job: &Job,
    format: Format,
    task: &str,
    timeout: Duration,
) -> Result<(Marks, u64)> {
    let (from, to) = (job.exported_key(task, format), job.final_key(format));
    let source = appeared(job, &from).await?;

    // Before the copy: an object's metadata can only be given when it is written.
    let progress = job.context.progress();
    let shown = progress.task(format!("{format}: sha256"));
    let waiter = Waiter::new(format!("{} to be read", job.s3(&from)), timeout);
    let sha256 = digest::sha256(&job.place(), &from, &source, &waiter, &shown).await?;
    shown.done(&sha256);

    let marks = Marks {
        asset_id: job.asset_id.to_string(),
        image: job.image.clone(),
        task: task.to_owned(),
        sha256,
    };
    let shown = progress.task(format!("{format}: copy"));
    let copy = Copy { job, from: &from, to: &to, source: &source, marks: &marks };
    copy.run(&shown).await.map_err(|error| {
        error.context(format!("cannot copy {} to {}", job.s3(&from), job.s3(&to)))
    })?;
    shown.done(&job.s3(&to));

    verify(job, &to, &source, &marks).await?;
    let (own, key) = (job.clone(), from.clone());
    job.context.undo().finish(async move { stored::delete(&own.place(), &key).await }).await?;
    Ok((marks, source.bytes))
}

/// The object of a completed task. It should be there; a moment's delay is forgiven.
async fn appeared(job: &Job, key: &str) -> Result<Stored> {
    let waiter = Waiter::new(job.s3(key), Duration::from_secs(5 * 60));
    waiter
        .until(&lib_common::progress::Task::silent(), || async {
            Ok(stored::head(&job.place(), key).await?.map_or(Seen::Missing, Seen::Ready))
        })
        .await
}

async fn verify(job: &Job, key: &str, source: &Stored, marks: &Marks) -> Result<()> {
    let copy = stored::head(&job.place(), key).await?;
    match copy {
        Some(copy) if copy.bytes == source.bytes && copy.marks.as_ref() == Some(marks) => Ok(()),
        copy => Err(Error::new(
            Exit::Failed,
            format!(
                "{} is not the copy that was made of {} bytes: {} bytes are there",
                job.s3(key),
                source.bytes,
                copy.map_or(0, |copy| copy.bytes)
            ),
        )),
    }
}
