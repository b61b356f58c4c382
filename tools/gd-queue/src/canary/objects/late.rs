//! The montages that come after their canary has gone: a later canary deletes them.

use aws_sdk_s3::primitives::ByteStream;
use lib_common::Result;
use lib_common::aws::{During, Explain};

use super::{Objects, image, montage};
use crate::canary::Mark;
use crate::job::Job;

/// Below it an empty object a canary that had to leave its job: `CANARY.JOB`. The name of a montage
/// does not tell that it is a canary's.
const NOTES: &str = "out/canary/left/";

impl Objects {
    /// Notes that the job of this canary is left, and that a montage may come of it.
    pub async fn note(&self, mark: &Mark, job: &Job) -> Result<()> {
        let key = format!("{NOTES}{}.{}", mark.name(), job.id);
        let put = self.s3.put_object().bucket(&self.bucket).key(&key);
        let put = put.body(ByteStream::from_static(b"")).send().await;
        put.during("PutObject")
            .map(drop)
            .explain(|| format!("cannot note in {} that a canary left its job", self.bucket))
    }

    /// Deletes what earlier canaries could not, because it was not there yet. One whose montage has
    /// still not come keeps its image.
    pub async fn delete_late(&self) -> Result<()> {
        let cannot = || format!("cannot look for late montages in {}", self.bucket);
        let asked = self.s3.list_objects_v2().bucket(&self.bucket).prefix(NOTES);
        let mut pages = asked.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.during("ListObjectsV2").explain(cannot)?;
            for note in page.contents().iter().filter_map(|object| object.key()) {
                let Some((canary, job)) = canary_and_job(note) else { continue };
                let montage = montage(job);
                let head = self.s3.head_object().bucket(&self.bucket).key(&montage).send().await;
                match head.during("HeadObject") {
                    Err(error) if error.is_not_found() => continue,
                    other => drop(other.explain(cannot)?),
                }
                // The note last: a run that is ended in between leaves it to the next.
                for key in [&image(canary), &montage, note] {
                    self.strike(key).await?;
                }
            }
        }
        Ok(())
    }
}

/// Nothing for what no canary wrote: whoever can write there shall not choose what is deleted.
fn canary_and_job(note: &str) -> Option<(&str, &str)> {
    let (canary, job) = note.strip_prefix(NOTES)?.split_once('.')?;
    let is_plain = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_hexdigit());
    (is_plain(canary) && is_plain(job)).then_some((canary, job))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_note_is_read() {
        let job = Job::new(vec!["http://a/1".to_owned()], "canary").id;
        let note = format!("{NOTES}1f0c9a7e.{job}");
        assert_eq!(canary_and_job(&note), Some(("1f0c9a7e", &*job)));
        for other in ["out/canary/left/1f.", "out/canary/left/1f.../a", "out/canary/1f.2e"] {
            assert_eq!(canary_and_job(other), None, "{other}");
        }
    }
}
