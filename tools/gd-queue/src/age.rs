//! The age of the oldest message, which only CloudWatch tells.

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use jiff::{SignedDuration, Timestamp};
use lib_common::Result;
use lib_common::aws::{During, Explain};

use crate::queue::Queue;

/// SQS gives its metrics once a minute, and some minutes late (Amazon SQS Developer Guide,
/// "Available CloudWatch metrics for Amazon SQS").
const PERIOD: i32 = 60;
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// Asks CloudWatch for ages.
pub struct Ages(Client);

impl Ages {
    /// With the configuration that all clients share.
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The age of the oldest message of each queue in seconds, where it is known.
    pub async fn of(&self, queues: &[Queue]) -> Result<Vec<Option<u64>>> {
        let now = Timestamp::now();
        let moment = |time: Timestamp| DateTime::from_secs(time.as_second());
        let queries = queues.iter().enumerate().map(|(at, queue)| query(at, &queue.name));
        let answer = self
            .0
            .get_metric_data()
            .set_metric_data_queries(Some(queries.collect()))
            .start_time(moment(now - LATE))
            .end_time(moment(now))
            .scan_by(ScanBy::TimestampDescending)
            .send()
            .await
            .during("GetMetricData")
            .explain(|| "cannot tell the age of the oldest message".to_owned())?;
        let newest = |at: usize| {
            let id = id(at);
            let mut results = answer.metric_data_results().iter();
            let found = results.find(|result| result.id() == Some(id.as_str()))?;
            // Ages are whole seconds; a float holds them exactly.
            found.values().first().map(|age| *age as u64)
        };
        Ok((0..queues.len()).map(newest).collect())
    }
}

fn id(at: usize) -> String {
    format!("age{at}")
}

fn query(at: usize, queue: &str) -> MetricDataQuery {
    let dimension = Dimension::builder().name("QueueName").value(queue).build();
    let metric = Metric::builder()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(dimension)
        .build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat("Maximum").build();
    MetricDataQuery::builder().id(id(at)).metric_stat(stat).build()
}

/// An age for a person: `42 s`, `3 min 20 s`, `2 h 5 min`.
pub fn shown(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
