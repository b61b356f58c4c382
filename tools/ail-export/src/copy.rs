//! Copying an object inside its bucket, without its bytes passing through here.

use std::time::Duration;

use aws_sdk_s3::config::Config;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, MetadataDirective, TaggingDirective,
};
use futures::stream::{self, StreamExt, TryStreamExt};
use lib_common::aws::During;
use lib_common::progress::Task;
use lib_common::undo::Ticket;
use lib_common::{Error, Exit, Result};

use crate::job::Job;
use crate::parts::{self, Part};
use crate::stored::{Marks, Stored, tagging};

/// S3 works on many parts at once; more than this gains little and is throttled sooner.
const AT_ONCE: usize = 8;
/// S3 answers a copy when it is done, and "processing of a complete multipart upload
/// request could take several minutes" (Amazon S3 API Reference).
const ANSWER: Duration = Duration::from_secs(10 * 60);

/// A copy of one object to another key of the bucket.
pub struct Copy<'a> {
    pub job: &'a Job,
    pub from: &'a str,
    pub to: &'a str,
    pub source: &'a Stored,
    pub marks: &'a Marks,
}

impl Copy<'_> {
    /// Copies it, in parts if it is larger than one. The new object appears complete or
    /// not at all.
    pub async fn run(&self, shown: &Task) -> Result<()> {
        let parts = parts::plan(self.source.bytes, self.job.part);
        if parts.len() <= 1 {
            return self.whole().await;
        }
        let ticket = self.undo_upload();
        // Those of a run that was killed: nobody sees them, and they cost money.
        abort_uploads(self.job, self.to).await?;
        let upload = self.begin().await?;
        let done = self.parts(&upload, parts, shown).await?;
        self.complete(&upload, done).await?;
        self.job.context.undo().settle(ticket);
        Ok(())
    }

    async fn whole(&self) -> Result<()> {
        let call = self
            .job
            .clients
            .s3
            .copy_object()
            .bucket(&self.job.bucket)
            .key(self.to)
            .copy_source(self.source_path())
            .set_copy_source_if_match(self.source.etag.clone())
            .metadata_directive(MetadataDirective::Replace)
            .set_metadata(Some(self.marks.metadata()))
            .tagging_directive(TaggingDirective::Replace)
            .tagging(tagging(&self.job.context.lasting_tags(&self.job.asset_id)))
            .expected_bucket_owner(&self.job.account)
            .expected_source_bucket_owner(&self.job.account)
            .customize()
            .config_override(patient());
        let deed = async move { call.send().await.during("CopyObject") };
        self.job.context.undo().finish(deed).await.map(drop)
    }

    fn undo_upload(&self) -> Ticket {
        let (job, to) = (self.job.clone(), self.to.to_owned());
        self.job.context.undo().push(
            format!("abort the upload of {}", job.s3(&to)),
            format!(
                "aws s3api list-multipart-uploads --bucket {} --prefix '{to}', and \
                 abort-multipart-upload for each",
                job.bucket
            ),
            async move { abort_uploads(&job, &to).await },
        )
    }

    async fn begin(&self) -> Result<String> {
        let call = self
            .job
            .clients
            .s3
            .create_multipart_upload()
            .bucket(&self.job.bucket)
            .key(self.to)
            .set_metadata(Some(self.marks.metadata()))
            .tagging(tagging(&self.job.context.lasting_tags(&self.job.asset_id)))
            .expected_bucket_owner(&self.job.account);
        let deed = async move { call.send().await.during("CreateMultipartUpload") };
        let answer = self.job.context.undo().finish(deed).await?;
        answer.upload_id().map(str::to_owned).ok_or_else(|| {
            Error::new(Exit::Refused, "CreateMultipartUpload: the answer has no upload id")
        })
    }

    async fn parts(
        &self,
        upload: &str,
        parts: Vec<Part>,
        shown: &Task,
    ) -> Result<Vec<CompletedPart>> {
        let mut copied = 0;
        shown.bytes(copied, self.source.bytes);
        let mut done: Vec<_> = stream::iter(parts)
            .map(|part| async move { self.part(upload, part).await.map(|made| (part, made)) })
            .buffer_unordered(AT_ONCE)
            .inspect_ok(|(part, _)| {
                copied += part.bytes();
                shown.bytes(copied, self.source.bytes);
            })
            .map_ok(|(_, made)| made)
            .try_collect()
            .await?;
        done.sort_by_key(CompletedPart::part_number);
        Ok(done)
    }

    async fn part(&self, upload: &str, part: Part) -> Result<CompletedPart> {
        let call = self
            .job
            .clients
            .s3
            .upload_part_copy()
            .bucket(&self.job.bucket)
            .key(self.to)
            .upload_id(upload)
            .part_number(part.number)
            .copy_source(self.source_path())
            .set_copy_source_if_match(self.source.etag.clone())
            .copy_source_range(format!("bytes={}-{}", part.first, part.last))
            .expected_bucket_owner(&self.job.account)
            .expected_source_bucket_owner(&self.job.account)
            .customize()
            .config_override(patient());
        let deed = async move { call.send().await.during("UploadPartCopy") };
        // A part that arrives after the upload was aborted would stay, unseen.
        let answer = self.job.context.undo().finish(deed).await?;
        let result = answer.copy_part_result();
        Ok(CompletedPart::builder()
            .part_number(part.number)
            .set_e_tag(result.and_then(|result| result.e_tag().map(str::to_owned)))
            .build())
    }

    async fn complete(&self, upload: &str, parts: Vec<CompletedPart>) -> Result<()> {
        let call = self
            .job
            .clients
            .s3
            .complete_multipart_upload()
            .bucket(&self.job.bucket)
            .key(self.to)
            .upload_id(upload)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .expected_bucket_owner(&self.job.account)
            .customize()
            .config_override(patient());
        let deed = async move { call.send().await.during("CompleteMultipartUpload") };
        self.job.context.undo().finish(deed).await.map(drop)
    }

    /// `bucket/key`, with what a header cannot carry percent-encoded.
    fn source_path(&self) -> String {
        let steps = self.from.split('/').map(urlencoding::encode);
        format!("{}/{}", self.job.bucket, steps.collect::<Vec<_>>().join("/"))
    }
}

/// Gives up all unfinished uploads to exactly this key.
pub async fn abort_uploads(job: &Job, key: &str) -> Result<()> {
    for upload in unfinished_uploads(job, key).await? {
        let call = job
            .clients
            .s3
            .abort_multipart_upload()
            .bucket(&job.bucket)
            .key(key)
            .upload_id(upload)
            .expected_bucket_owner(&job.account);
        match call.send().await.during("AbortMultipartUpload") {
            Err(error) if !error.is_not_found() => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The ids of the uploads to exactly this key. The SDK has no paginator for these.
async fn unfinished_uploads(job: &Job, key: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let (mut next_key, mut next_upload) = (None, None);
    loop {
        let page = job
            .clients
            .s3
            .list_multipart_uploads()
            .bucket(&job.bucket)
            .prefix(key)
            .set_key_marker(next_key)
            .set_upload_id_marker(next_upload)
            .expected_bucket_owner(&job.account)
            .send()
            .await
            .during("ListMultipartUploads")?;
        let uploads = page.uploads().iter().filter(|upload| upload.key() == Some(key));
        found.extend(uploads.filter_map(|upload| upload.upload_id().map(str::to_owned)));
        if page.is_truncated() != Some(true) || page.next_key_marker().is_none() {
            return Ok(found);
        }
        next_key = page.next_key_marker().map(str::to_owned);
        next_upload = page.next_upload_id_marker().map(str::to_owned);
    }
}

fn patient() -> aws_sdk_s3::config::Builder {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(ANSWER).operation_timeout(2 * ANSWER);
    Config::builder().timeout_config(timeouts.build())
}
