//! What earlier runs left of one format.

use lib_common::record::Format;
use lib_common::{Error, Exit, Result};

use crate::job::Job;
use crate::stored::{self, Marks};
use crate::task::{self, State, Task};

/// Where a run takes up the work on one format.
#[derive(Debug)]
pub enum Found {
    /// The disk is there under its name. `leftover` is the object it was copied from, if
    /// a run ended before that was deleted.
    Finished { marks: Marks, bytes: u64, leftover: Option<String> },
    /// A task has written its object; it has not got its name yet.
    Exported(String),
    /// A task is at work.
    Running(Task),
    /// Nothing.
    Nothing,
}

impl Found {
    /// Looks. That the disk's name is taken by something else is an error.
    pub async fn look(job: &Job, format: Format) -> Result<Self> {
        match Self::finished(job, format).await? {
            Some(finished) => Ok(finished),
            None => Self::unfinished(job, format).await,
        }
    }

    async fn finished(job: &Job, format: Format) -> Result<Option<Self>> {
        let key = job.final_key(format);
        let Some(object) = stored::head(&job.place(), &key).await? else {
            return Ok(None);
        };
        let own =
            |marks: &Marks| marks.image == job.image && marks.asset_id == job.asset_id.as_str();
        let Some(marks) = object.marks.filter(own) else {
            let whose = match object.image.as_deref() {
                Some(image) if image != job.image => format!("it is an export of {image}"),
                _ => "this tool did not put it there".to_owned(),
            };
            return Err(Error::new(
                Exit::Exists,
                format!("{} exists already: {whose}", job.s3(&key)),
            )
            .next(format!(
                "remove it (`aws s3 rm '{}'`), or choose another --asset-id",
                job.s3(&key)
            )));
        };
        let source = job.exported_key(&marks.task, format);
        let leftover = stored::head(&job.place(), &source).await?.map(|_| source);
        Ok(Some(Self::Finished { marks, bytes: object.bytes, leftover }))
    }

    async fn unfinished(job: &Job, format: Format) -> Result<Self> {
        let mut exported = None;
        for task in task::list(&job.clients.ec2).await? {
            if !task.is_of(job, format) {
                continue;
            }
            match task.state {
                State::Active => return Ok(Self::Running(task)),
                State::Completed if exported.is_none() => {
                    let object =
                        stored::head(&job.place(), &job.exported_key(&task.id, format)).await?;
                    exported = object.map(|_| task.id);
                }
                _ => {}
            }
        }
        Ok(exported.map_or(Self::Nothing, Self::Exported))
    }

    /// What a run would do, for `--dry-run`.
    pub fn plan(&self, job: &Job, format: Format) -> String {
        let to = job.s3(&job.final_key(format));
        match self {
            Self::Finished { leftover: None, .. } => {
                format!("would keep {to}, the {format} of {}", job.image)
            }
            Self::Finished { leftover: Some(leftover), .. } => {
                format!("would keep {to}, and delete {} that it was copied from", job.s3(leftover))
            }
            Self::Exported(task) => {
                format!("would move {} to {to}", job.s3(&job.exported_key(task, format)))
            }
            Self::Running(task) => {
                format!(
                    "would wait for {} ({}), and move its object to {to}",
                    task.id,
                    task.how_far()
                )
            }
            Self::Nothing => format!("would export {} as {format} to {to}", job.image),
        }
    }
}
