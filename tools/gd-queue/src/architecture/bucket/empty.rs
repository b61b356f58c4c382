//! Deleting a bucket with all that is in it.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Context, Error, Exit, Result};

/// Workers that are still at it may write for as long as they have for one job.
const PATIENCE: Duration = Duration::from_secs(120);

/// Empties the bucket and deletes it. What is written meanwhile goes too. That it is gone
/// already is success.
pub async fn delete(context: &Context, s3: &Client, bucket: &str) -> Result<()> {
    let task = context.progress().task(bucket);
    let waiter = Waiter::new(format!("{bucket} to be empty"), context.timeout(PATIENCE))
        .interruptible(context.undo());
    let try_it = || async {
        let ended = async {
            delete_uploads(s3, bucket).await?;
            delete_objects(s3, bucket, &task).await?;
            s3.delete_bucket().bucket(bucket).send().await.during("DeleteBucket").map(drop)
        };
        match ended.await {
            Ok(()) => Ok(Seen::Ready(())),
            Err(error) if error.is_not_found() => Ok(Seen::Ready(())),
            Err(error) if error.code() == Some("BucketNotEmpty") => {
                Ok(Seen::Pending("something was written into it meanwhile".to_owned()))
            }
            Err(error) => Err(error),
        }
    };
    waiter.until(&Task::silent(), try_it).await
}

/// Every version of every object, and every delete marker. A page has at most a thousand of
/// them, and so has a call that deletes (Amazon S3 API Reference, DeleteObjects).
async fn delete_objects(s3: &Client, bucket: &str, task: &Task) -> Result<()> {
    let mut deleted = 0;
    loop {
        // What the last page listed is gone: the first page is always the next one.
        let page = s3.list_object_versions().bucket(bucket).send().await;
        let page = page.during("ListObjectVersions")?;
        let versions = page.versions().iter().map(|it| (it.key(), it.version_id()));
        let markers = page.delete_markers().iter().map(|it| (it.key(), it.version_id()));
        let these: Vec<_> = versions
            .chain(markers)
            .map(|(key, version)| {
                let version = version.map(str::to_owned);
                let key = key.unwrap_or_default();
                ObjectIdentifier::builder().key(key).set_version_id(version).build()
            })
            .collect::<Result<_, _>>()
            .map_err(unnamed)?;
        if these.is_empty() {
            return Ok(());
        }
        deleted += these.len();
        let delete = Delete::builder().set_objects(Some(these)).quiet(true).build();
        let asked = s3.delete_objects().bucket(bucket).delete(delete.map_err(unnamed)?);
        let answer = asked.send().await.during("DeleteObjects")?;
        if let Some(refused) = answer.errors().first() {
            let (code, key) = (refused.code().unwrap_or("?"), refused.key().unwrap_or("?"));
            let exit = if code == "AccessDenied" { Exit::Permission } else { Exit::Refused };
            let message = refused.message().unwrap_or_default();
            return Err(Error::new(exit, format!("DeleteObjects: {key}: {code}: {message}")));
        }
        task.state(&format!("{deleted} objects deleted"));
    }
}

/// A bucket with an unfinished upload cannot be deleted everywhere, and its parts cost.
async fn delete_uploads(s3: &Client, bucket: &str) -> Result<()> {
    loop {
        // What the last page listed is gone: the first page is always the next one.
        let page = s3.list_multipart_uploads().bucket(bucket).send().await;
        let page = page.during("ListMultipartUploads")?;
        if page.uploads().is_empty() {
            return Ok(());
        }
        for upload in page.uploads() {
            let asked = s3
                .abort_multipart_upload()
                .bucket(bucket)
                .set_key(upload.key().map(str::to_owned))
                .set_upload_id(upload.upload_id().map(str::to_owned))
                .send()
                .await
                .during("AbortMultipartUpload");
            match asked {
                Err(error) if error.code() == Some("NoSuchUpload") => {}
                other => drop(other?),
            }
        }
    }
}

fn unnamed(error: aws_sdk_s3::error::BuildError) -> Error {
    Error::new(Exit::Failed, "cannot name the objects in one call").caused_by(&error)
}
