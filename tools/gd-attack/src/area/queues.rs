//! Attacks on the queues.

use aws_sdk_sqs::types::QueueAttributeName::{self, *};
use lib_common::Result;
use lib_common::aws::During;
use serde_json::{Value, json};

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::Queue;
use crate::attack::{Attack, QUEUE, changed, extra, extra_in, missing, missing_of};
use crate::hand::Hand;
use crate::own::document;

/// What mends a queue's settings.
const SET: &str = "sqs:SetQueueAttributes";

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "input-visible-at-once",
        difficulty: Medium,
        does: "lets every job be taken again at once while it is worked on",
        symptom: "jobs are worked again and again, and end as dead letters",
        finding: changed(QUEUE, "input", "VisibilityTimeout"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| Box::pin(async move { set(&hand, VisibilityTimeout, "0").await }),
    },
    Attack {
        name: "input-hidden-long",
        difficulty: Hard,
        does: "hides a job for twelve hours once it was taken",
        symptom: "a job whose worker died comes back tomorrow",
        finding: changed(QUEUE, "input", "VisibilityTimeout"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| Box::pin(async move { set(&hand, VisibilityTimeout, "43200").await }),
    },
    Attack {
        name: "input-delayed",
        difficulty: Easy,
        does: "delays every job by a quarter of an hour",
        symptom: "jobs are sent, and nothing happens",
        finding: changed(QUEUE, "input", "DelaySeconds"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| Box::pin(async move { set(&hand, DelaySeconds, "900").await }),
    },
    Attack {
        name: "input-forgets",
        difficulty: Hard,
        does: "lets a job be kept for a minute only",
        symptom: "under load jobs vanish",
        finding: changed(QUEUE, "input", "MessageRetentionPeriod"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| Box::pin(async move { set(&hand, MessageRetentionPeriod, "60").await }),
    },
    Attack {
        name: "input-short-polls",
        difficulty: Medium,
        does: "has the queue of jobs answer at once, job or not",
        symptom: "workers ask all the time, and each question is paid for",
        finding: changed(QUEUE, "input", "ReceiveMessageWaitTimeSeconds"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| Box::pin(async move { set(&hand, ReceiveMessageWaitTimeSeconds, "0").await }),
    },
    Attack {
        name: "input-unredriven",
        difficulty: Medium,
        does: "has jobs that fail come back for ever, instead of becoming dead letters",
        symptom: "one bad job keeps the workers busy",
        finding: missing_of(QUEUE, "input", "RedrivePolicy"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| Box::pin(async move { set(&hand, RedrivePolicy, "").await }),
    },
    Attack {
        name: "input-gives-up",
        difficulty: Hard,
        does: "makes every job a dead letter that was taken once",
        symptom: "jobs are lost whenever a worker ends",
        finding: changed(QUEUE, "input", "RedrivePolicy"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| {
            Box::pin(async move {
                let arn = hand.world.queues.dead_letter.arn.clone();
                let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": 1});
                set(&hand, RedrivePolicy, &redrive.to_string()).await
            })
        },
    },
    Attack {
        name: "input-denied",
        difficulty: Easy,
        does: "denies everybody to take jobs",
        symptom: "jobs wait, and no worker takes one",
        finding: extra_in(QUEUE, "input", "Policy"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| {
            Box::pin(async move {
                let policy = denied("sqs:ReceiveMessage", &hand.world.queues.input.arn);
                set(&hand, Policy, &policy.to_string()).await
            })
        },
    },
    Attack {
        name: "input-opened",
        difficulty: Hard,
        does: "lets everybody of the account send jobs, and take them",
        symptom: "jobs that nobody sent; jobs that nobody worked on are gone",
        finding: extra_in(QUEUE, "input", "Policy"),
        mend: SET,
        target: Queue("input"),
        deed: |hand| {
            Box::pin(async move {
                let policy = hand.world.own.open_queue(&hand.world.queues.input.arn);
                set(&hand, Policy, &policy.to_string()).await
            })
        },
    },
    Attack {
        name: "output-denied",
        difficulty: Medium,
        does: "denies everybody to tell results",
        symptom: "montages are made, and nobody hears of them",
        finding: extra_in(QUEUE, "output", "Policy"),
        mend: SET,
        target: Queue("output"),
        deed: |hand| {
            Box::pin(async move {
                let policy = denied("sqs:SendMessage", &hand.world.queues.output.arn);
                set(&hand, Policy, &policy.to_string()).await
            })
        },
    },
    Attack {
        name: "output-narrow",
        difficulty: Medium,
        does: "lets a result be no larger than a kilobyte",
        symptom: "short results come, long ones do not",
        finding: changed(QUEUE, "output", "MaximumMessageSize"),
        mend: SET,
        target: Queue("output"),
        deed: |hand| Box::pin(async move { set(&hand, MaximumMessageSize, "1024").await }),
    },
    Attack {
        name: "output-locked",
        difficulty: Hard,
        does: "encrypts results with a key that the workers may not use",
        symptom: "montages are made, and no result is told",
        finding: extra_in(QUEUE, "output", "KmsMasterKeyId"),
        mend: SET,
        target: Queue("output"),
        deed: |hand| {
            Box::pin(async move {
                let key = "00000000-0000-4000-8000-000000000000";
                set(&hand, KmsMasterKeyId, key).await
            })
        },
    },
    Attack {
        name: "dead-letter-plain",
        difficulty: Hard,
        does: "has dead letters kept unencrypted",
        symptom: "nothing",
        finding: changed(QUEUE, "dead-letter", "SqsManagedSseEnabled"),
        mend: SET,
        target: Queue("dead-letter"),
        deed: |hand| Box::pin(async move { set(&hand, SqsManagedSseEnabled, "false").await }),
    },
    Attack {
        name: "dead-letter-closed",
        difficulty: Medium,
        does: "lets no queue put its dead letters where they belong",
        symptom: "one bad job keeps the workers busy, though the redrive policy is right",
        finding: extra_in(QUEUE, "dead-letter", "RedriveAllowPolicy"),
        mend: SET,
        target: Queue("dead-letter"),
        deed: |hand| {
            Box::pin(async move {
                let none = json!({"redrivePermission": "denyAll"});
                set(&hand, RedriveAllowPolicy, &none.to_string()).await
            })
        },
    },
    Attack {
        name: "dead-letter-forgets",
        difficulty: Medium,
        does: "lets a dead letter be kept for a minute only",
        symptom: "jobs that failed leave no trace",
        finding: changed(QUEUE, "dead-letter", "MessageRetentionPeriod"),
        mend: SET,
        target: Queue("dead-letter"),
        deed: |hand| Box::pin(async move { set(&hand, MessageRetentionPeriod, "60").await }),
    },
    Attack {
        name: "input-deleted",
        difficulty: Easy,
        does: "deletes the queue of jobs, and the jobs in it",
        symptom: "sending fails; workers find no queue",
        finding: missing(QUEUE, "input"),
        mend: "sqs:CreateQueue",
        target: Queue("input"),
        deed: |hand| Box::pin(async move { delete(&hand).await }),
    },
    Attack {
        name: "output-deleted",
        difficulty: Easy,
        does: "deletes the queue of results",
        symptom: "montages are made, and nobody hears of them",
        finding: missing(QUEUE, "output"),
        mend: "sqs:CreateQueue",
        target: Queue("output"),
        deed: |hand| Box::pin(async move { delete(&hand).await }),
    },
    Attack {
        name: "decoy-queue",
        difficulty: Medium,
        does: "makes a queue that looks like the team's queue of jobs",
        symptom: "jobs are sent, and nothing happens: they lie elsewhere",
        finding: extra(QUEUE, "input"),
        mend: "sqs:DeleteQueue",
        target: Queue("input"),
        deed: |hand| {
            Box::pin(async move {
                let name = format!("{}-jobs", hand.world.queues.input.name);
                // Of a name that is taken, the service would give the queue that has it.
                let taken = hand.world.sqs.get_queue_url().queue_name(&name).send().await;
                let is_there = match taken.during("GetQueueUrl") {
                    Err(error) if error.is_not_found() => false,
                    taken => taken.map(|_| true)?,
                };
                hand.make_new(&format!("a queue {name}"), is_there)?;
                let tags = hand.world.tags().iter().cloned().collect();
                let call = hand.world.sqs.create_queue().queue_name(name).set_tags(Some(tags));
                let made = call.send().await.during("CreateQueue")?;
                hand.touch(made.queue_url.unwrap_or_default());
                Ok(())
            })
        },
    },
];

async fn set(hand: &Hand, name: QueueAttributeName, value: &str) -> Result<()> {
    let call = hand.world.sqs.set_queue_attributes().queue_url(&hand.id);
    call.attributes(name, value).send().await.during("SetQueueAttributes").map(drop)
}

async fn delete(hand: &Hand) -> Result<()> {
    let call = hand.world.sqs.delete_queue().queue_url(&hand.id);
    call.send().await.during("DeleteQueue").map(drop)
}

fn denied(action: &str, queue: &str) -> Value {
    document(json!({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": queue}))
}
