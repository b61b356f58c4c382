//! Starting the task of one format, as soon as EC2 takes it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_sdk_ec2::types::{
    DiskImageFormat, ExportTaskS3LocationRequest, ResourceType, Tag, TagSpecification,
};
use lib_common::aws::During;
use lib_common::progress;
use lib_common::record::Format;
use lib_common::undo::Ticket;
use lib_common::wait::{CONSISTENCY, Seen, Waiter};
use lib_common::{Error, Exit, Result};
use sha2::{Digest, Sha256};

use crate::ending::{self, Ended};
use crate::job::Job;
use crate::stored;
use crate::task::{self, FORMAT_TAG, State, Task};

/// How long a cancelled task may take to be gone: EC2 first stops the conversion.
const CANCELLING: Duration = Duration::from_secs(10 * 60);

/// A task that was started, and the step that would take it back; none if it is another
/// run's.
pub struct Started {
    pub task: String,
    pub ticket: Option<Ticket>,
}

/// What the one mutating call has made, for the step that takes it back: empty as long as
/// there was no answer, `None` if the service refused.
type Made = Arc<OnceLock<Option<String>>>;

/// Starts the task, once no other task exports the image and the region has room. A task
/// of the same format that appears meanwhile is taken instead.
pub async fn start(
    job: &Job,
    format: Format,
    waiter: &Waiter,
    shown: &progress::Task,
) -> Result<Started> {
    let ticket = Mutex::new(None);
    let task = waiter
        .until(shown, || async {
            let tasks = task::list(&job.clients.ec2).await?;
            let active = |task: &&Task| task.is_active() && task.image == job.image;
            match tasks.iter().find(active) {
                Some(task) if task.is_of(job, format) => Ok(Seen::Ready(task.id.clone())),
                Some(other) => Ok(Seen::Pending(format!(
                    "waiting for {}: EC2 exports an image once at a time",
                    other.id
                ))),
                None => export_image(job, format, &tasks, &ticket).await,
            }
        })
        .await?;
    Ok(Started { task, ticket: ticket.into_inner().unwrap_or_else(PoisonError::into_inner) })
}

async fn export_image(
    job: &Job,
    format: Format,
    tasks: &[Task],
    ticket: &Mutex<Option<Ticket>>,
) -> Result<Seen<String>> {
    let call = job
        .clients
        .ec2
        .export_image()
        .image_id(&job.image)
        .disk_image_format(match format {
            Format::Vmdk => DiskImageFormat::Vmdk,
            Format::Vhd => DiskImageFormat::Vhd,
            Format::Raw => DiskImageFormat::Raw,
        })
        .role_name(&job.role)
        .description(job.final_key(format))
        .s3_export_location(
            ExportTaskS3LocationRequest::builder()
                .s3_bucket(&job.bucket)
                .s3_prefix(job.asset_id.object_prefix())
                .build(),
        )
        .tag_specifications(tags(job, format))
        .client_token(client_token(job, format, tasks));
    let undo = job.context.undo();
    let made = Made::default();
    let step = take_back_later(job, format, made.clone());
    let deed = async move {
        let answer = call.send().await.during("ExportImage").and_then(|answer| {
            let id = answer.export_image_task_id().map(str::to_owned);
            id.ok_or_else(|| Error::new(Exit::Refused, "ExportImage: the answer names no task"))
        });
        match &answer {
            Ok(id) => drop(made.set(Some(id.clone()))),
            Err(error) if refused(error) => drop(made.set(None)),
            Err(_) => {}
        }
        answer
    };
    let answer = undo.finish(deed).await;
    match &answer {
        Err(error) if refused(error) => undo.settle(step),
        // An attempt without an answer may have made the task that this one was answered with.
        _ => {
            let earlier = ticket.lock().unwrap_or_else(PoisonError::into_inner).replace(step);
            earlier.into_iter().for_each(|earlier| undo.settle(earlier));
        }
    }
    match answer {
        Ok(id) => Ok(Seen::Ready(id)),
        Err(error) => match error.code().filter(|code| is_limit(code)) {
            Some(code) => Ok(Seen::Pending(format!("waiting for room in {}: {code}", job.region))),
            None => Err(error),
        },
    }
}

/// Whether the service itself said no. After a lost answer or an internal error, the task
/// may exist.
fn refused(error: &Error) -> bool {
    error.code().is_some_and(|code| is_limit(code) || !error.is_passing())
}

/// Whether the code says that too many exports run: 5 a region by default, one of an
/// image (VM Import/Export User Guide, "Quotas"). `ResourceLimitExceeded` is the code of
/// such limits; EC2's error list has others that end alike.
fn is_limit(code: &str) -> bool {
    code.ends_with("LimitExceeded") || code == "ResourceCountExceeded"
}

fn tags(job: &Job, format: Format) -> TagSpecification {
    let mut tags = job.context.lasting_tags(&job.asset_id);
    tags.push((FORMAT_TAG.to_owned(), format.to_string()));
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    TagSpecification::builder()
        .resource_type(ResourceType::ExportImageTask)
        .set_tags(Some(tags.collect()))
        .build()
}

/// Makes a repeated call of this run the same call. Tasks that ended are part of it: with
/// the token of a cancelled task, EC2 would answer with that task for ever.
fn client_token(job: &Job, format: Format, tasks: &[Task]) -> String {
    let mut ended: Vec<_> = tasks
        .iter()
        // Whatever their tags say now: `ail-assets rm` takes them off.
        .filter(|task| task.image == job.image && task.state != State::Active)
        .map(|task| task.id.as_str())
        .collect();
    ended.sort_unstable();
    let run = job.context.run();
    let what = [run, &job.image, &job.bucket, &job.role, &job.final_key(format), &ended.join(",")];
    let digest = Sha256::digest(what.join("\n"));
    // Of the 64 characters that EC2 allows.
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Registers what takes the start back: cancel the task, wait until it is gone, and
/// remove its object if it was faster.
fn take_back_later(job: &Job, format: Format, made: Made) -> Ticket {
    let remedy = format!("ail-export cancel --asset-id '{}' --yes", job.asset_id);
    let (job, undo) = (job.clone(), job.context.undo().clone());
    undo.push(format!("cancel the export as {format}"), remedy, async move {
        let made = match made.get() {
            Some(made) => made.clone(),
            None => search(&job, format).await?,
        };
        let Some(id) = made else { return Ok(()) };
        let waiter = Waiter::new(format!("{id} to be gone"), CANCELLING);
        let shown = job.context.progress().task(&id);
        let ended = ending::cancel(&job.context, &job.clients.ec2, &id, &waiter, &shown).await?;
        if ended == Ended::Completed {
            stored::delete(&job.place(), &job.exported_key(&id, format)).await?;
        }
        Ok(())
    })
}

/// Looks for a task of this run whose id never arrived; EC2 may take a while to list it.
async fn search(job: &Job, format: Format) -> Result<Option<String>> {
    let waiter = Waiter::new(format!("a task of run {}", job.context.run()), 2 * CONSISTENCY);
    let unseen = progress::Task::silent();
    let found = waiter.until(&unseen, || async {
        let tasks = task::list(&job.clients.ec2).await?;
        let own = |task: &&Task| {
            task.is_of(job, format) && task.run.as_deref() == Some(job.context.run())
        };
        Ok(tasks.iter().find(own).map_or(Seen::Missing, |task| Seen::Ready(task.id.clone())))
    });
    match found.await {
        Ok(id) => Ok(Some(id)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::is_limit;

    #[test]
    fn limits_are_told_from_other_refusals() {
        assert!(is_limit("ResourceLimitExceeded"));
        assert!(is_limit("ResourceCountExceeded"));
        assert!(!is_limit("InvalidParameter"));
    }
}
