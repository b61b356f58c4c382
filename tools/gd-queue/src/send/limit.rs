//! How large a message may be.

use aws_sdk_sqs::types::QueueAttributeName;
use lib_common::aws::{During, Explain};
use lib_common::{Error, Exit, Result};

use crate::job::Job;
use crate::queue::Queue;

/// The largest message, and the largest sum of the messages of one call, in bytes (Amazon SQS
/// API Reference, SendMessageBatch).
pub const LARGEST: usize = 1 << 20;

/// Fails where a job is larger than any queue takes.
pub fn of_service(jobs: &[Job]) -> Result<()> {
    within(jobs, LARGEST, "SQS")
}

/// Fails where a job is larger than this queue takes, which can be less.
pub async fn of_queue(queue: &Queue, jobs: &[Job]) -> Result<()> {
    let name = QueueAttributeName::MaximumMessageSize;
    let answer = queue
        .sqs
        .get_queue_attributes()
        .queue_url(&queue.url)
        .attribute_names(name.clone())
        .send()
        .await
        .during("GetQueueAttributes")
        .explain(|| format!("cannot tell what {} takes ({})", queue.name, queue.region))?;
    let told = answer.attributes.and_then(|found| found.get(&name)?.parse().ok());
    within(jobs, told.unwrap_or(LARGEST), &queue.name)
}

fn within(jobs: &[Job], limit: usize, taker: &str) -> Result<()> {
    let large = jobs.iter().map(|job| (job, job.body().len())).filter(|(_, size)| *size > limit);
    let large: Vec<_> = large.collect();
    let Some((job, size)) = large.first() else {
        return Ok(());
    };
    let what = format!("{} is too large a job; nothing was sent", job.from);
    let error = Error::new(Exit::BadInput, what).because(format!(
        "its {} URLs make a message of {size} bytes, and {taker} takes {limit}",
        job.urls.len()
    ));
    let others = large.iter().skip(1).map(|(job, _)| format!("{} is too large too", job.from));
    Err(others.fold(error, Error::because).next("make more jobs of it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_no_queue_takes_is_named() {
        let job = |n, from| Job::new((0..n).map(|n| format!("http://a/{n:090}")).collect(), from);
        assert!(of_service(&[job(10_000, "a.txt")]).is_ok());
        let error = of_service(&[job(10_000, "a.txt"), job(11_000, "b.txt")]).expect_err("large");
        assert!(
            error.to_string().starts_with(
                "b.txt is too large a job; nothing was sent\n  \
                 its 11000 URLs make a message of 1122051 bytes, and SQS takes 1048576\n"
            ),
            "{error}"
        );
    }
}
