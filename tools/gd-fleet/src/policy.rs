//! What the workers may do: what their work takes on these queues and this bucket, and
//! nothing else.

use lib_common::record::Queues;
use serde_json::{Value, json};

use crate::classic;
use crate::world::World;

/// The name of the policy within the role.
const NAME: &str = "work";

/// Who may take the role: instances of EC2.
pub fn trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    })
}

/// The role's own policies, and the ARNs of those that are attached to it.
pub fn of_role(world: &World) -> (Value, Vec<&'static str>) {
    match world.wish.classic {
        true => (json!([]), classic::POLICIES.into()),
        false => {
            let work = work(&world.queues, &world.names.group);
            (json!([inline(NAME, work)]), Vec::new())
        }
    }
}

/// One of the role's own policies, as an element of the fact.
pub fn inline(name: &str, document: Value) -> Value {
    json!({"name": name, "document": document})
}

/// What the role may do. `group` is the name of the workers' group.
fn work(queues: &Queues, group: &str) -> Value {
    let bucket = format!("arn:aws:s3:::{}", queues.bucket.name);
    let (region, account) = place(&queues.input.arn);
    let group = format!(
        "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{group}"
    );
    let allow = |what: &str, actions: &[&str], on: Value| json!({"Sid": what, "Effect": "Allow", "Action": actions, "Resource": on});
    json!({
        "Version": "2012-10-17",
        "Statement": [
            allow(
                "TakeJobs",
                &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
                json!([queues.input.arn]),
            ),
            allow(
                "FindQueues",
                &["sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
                json!([queues.input.arn, queues.output.arn, queues.dead_letter.arn]),
            ),
            allow(
                "TellResults",
                &["sqs:SendMessage"],
                json!([queues.output.arn, queues.dead_letter.arn]),
            ),
            allow("KeepMontages", &["s3:PutObject", "s3:GetObject"], json!([format!("{bucket}/out/*")])),
            // Without it, S3 answers 403 and not 404 about what is not there yet.
            allow("SeeWhatIsThere", &["s3:ListBucket"], json!([bucket])),
            allow("FetchWorker", &["s3:GetObject"], json!([format!("{bucket}/worker/gd-worker-*")])),
            allow("TellInstallation", &["s3:PutObject"], json!([format!("{bucket}/worker/ready-*")])),
            allow("EndDraining", &["autoscaling:CompleteLifecycleAction"], json!([group])),
        ],
    })
}

/// The region and account of an ARN.
fn place(arn: &str) -> (&str, &str) {
    let mut parts = arn.split(':').skip(3);
    (parts.next().unwrap_or("*"), parts.next().unwrap_or("*"))
}
