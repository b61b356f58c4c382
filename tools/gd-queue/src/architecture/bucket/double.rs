//! A second bucket with the team's tag: it may be anybody's, or the one that is used.

use aws_sdk_s3::Client;
use lib_common::Result;
use lib_common::aws::During;

/// What is in it, in words: every version of an object counts, and every delete marker, since
/// each has to go before the bucket can. A page, which has a thousand, tells enough.
pub async fn holds(s3: &Client, bucket: &str) -> Result<Option<String>> {
    let page = s3.list_object_versions().bucket(bucket).send().await;
    let page = page.during("ListObjectVersions")?;
    let count = page.versions().len() + page.delete_markers().len();
    match (count, page.is_truncated()) {
        (0, _) => {}
        (1, _) => return Ok(Some("1 object".to_owned())),
        (count, Some(true)) => return Ok(Some(format!("more than {count} objects"))),
        (count, _) => return Ok(Some(format!("{count} objects"))),
    }
    let uploads = s3.list_multipart_uploads().bucket(bucket).send().await;
    let uploads = uploads.during("ListMultipartUploads")?;
    let is_written = !uploads.uploads().is_empty();
    Ok(is_written.then(|| "an unfinished upload".to_owned()))
}

/// Deletes it as it is: what was written into it since it was looked at keeps it. That it is
/// gone already is success.
pub async fn delete(s3: &Client, bucket: &str) -> Result<()> {
    match s3.delete_bucket().bucket(bucket).send().await.during("DeleteBucket") {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) if error.code() == Some("BucketNotEmpty") => {
            Err(error.next("something was written into it meanwhile: look at it first"))
        }
        other => other.map(drop),
    }
}
