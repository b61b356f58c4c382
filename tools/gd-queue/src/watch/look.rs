//! Looking at queues and instances.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_autoscaling::Client as AutoScaling;
use jiff::Timestamp;
use lib_common::{Context, Record, Result};
use tokio::time::Instant;

use crate::age::Ages;
use crate::depth::Depth;
use crate::group;
use crate::names::Names;
use crate::queue::Queue;
use crate::role::Role;
use crate::sample::{Instances, Sample};

/// CloudWatch tells the age once a minute, and is paid by the question.
const AGE_EVERY: Duration = Duration::from_secs(20);

/// Looks at one set of queues and one group.
pub struct Looker {
    queues: [Queue; 3],
    ages: Ages,
    age: Mutex<Option<(Instant, Option<u64>)>>,
    autoscaling: AutoScaling,
    group: String,
}

impl Looker {
    /// Finds the queues.
    pub async fn open(
        context: &Context,
        names: &Names,
        group: Option<&str>,
        record: &mut Record,
    ) -> Result<Self> {
        let mut find = async |role| Queue::find(context, names, role, record).await;
        let queues =
            [find(Role::Input).await?, find(Role::Output).await?, find(Role::DeadLetter).await?];
        let group = match group {
            Some(group) => group.to_owned(),
            None => group::of(record)?,
        };
        let config = context.aws(record).await?;
        Ok(Self {
            queues,
            ages: Ages::new(config),
            age: Mutex::default(),
            autoscaling: AutoScaling::new(config),
            group,
        })
    }

    /// What is looked at, in a line.
    pub fn title(&self) -> String {
        let [input, output, _] = &self.queues;
        format!("{} → {} · {} · {}", input.name, output.name, self.group, input.region)
    }

    /// Looks once. Only the queues must answer: age and instances are left out where they
    /// cannot be told.
    pub async fn look(&self) -> Result<Sample> {
        let [input, output, dead_letter] = &self.queues;
        let (input, output, dead_letter, age, instances) = futures::join!(
            Depth::of(input),
            Depth::of(output),
            Depth::of(dead_letter),
            self.age(),
            Instances::of(&self.autoscaling, &self.group),
        );
        let input = input?;
        Ok(Sample {
            time: Timestamp::now(),
            oldest_seconds: age.filter(|_| input.total() > 0),
            input,
            output: output?,
            dead_letter: dead_letter?,
            instances: instances.ok().flatten(),
        })
    }

    async fn age(&self) -> Option<u64> {
        let lock = || self.age.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, age)) = *lock()
            && asked.elapsed() < AGE_EVERY
        {
            return age;
        }
        let ages = self.ages.of(&self.queues[..1]).await;
        let age = ages.ok().and_then(|ages| ages.first().copied().flatten());
        *lock() = Some((Instant::now(), age));
        age
    }
}
