//! Attacks on the tags, by which everything is found.

use aws_sdk_ec2::types::Tag;
use lib_common::Result;
use lib_common::aws::During;
use lib_common::team::{RESOURCE, TEAM};

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::{Alarm, Bucket, Ec2, Group, Profile, Queue, Role};
use crate::attack::{Attack, FLEET, QUEUE, VPC, changed, missing_of};
use crate::hand::Hand;

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "vpc-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the VPC",
        symptom: "whoever looks by tags finds no network, and would build a second one",
        finding: changed(VPC, "vpc", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("vpc"),
        deed: |hand| Box::pin(async move { untag(&hand).await }),
    },
    Attack {
        name: "nat-renamed",
        difficulty: Hard,
        does: "says by its tag that the NAT instance is something else",
        symptom: "whoever looks by tags finds no NAT instance, and would start a second one",
        finding: changed(VPC, "nat-instance", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let tag = Tag::builder().key(RESOURCE).value("scratch").build();
                let call = hand.world.ec2.create_tags().resources(&hand.id).tags(tag);
                call.send().await.during("CreateTags").map(drop)
            })
        },
    },
    Attack {
        name: "private-subnet-untagged",
        difficulty: Easy,
        does: "takes the team's tag off the private subnet",
        symptom: "whoever looks by tags finds no private subnet",
        finding: changed(VPC, "private-subnet", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("private-subnet"),
        deed: |hand| Box::pin(async move { untag(&hand).await }),
    },
    Attack {
        name: "nat-group-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the NAT instance's security group",
        symptom: "whoever looks by tags finds no group",
        finding: changed(VPC, "nat-security-group", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("nat-security-group"),
        deed: |hand| Box::pin(async move { untag(&hand).await }),
    },
    Attack {
        name: "internet-gateway-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the internet gateway",
        symptom: "whoever looks by tags finds no gateway",
        finding: changed(VPC, "internet-gateway", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("internet-gateway"),
        deed: |hand| Box::pin(async move { untag(&hand).await }),
    },
    Attack {
        name: "image-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the workers' image",
        symptom: "whoever looks by tags finds no image, and would make another",
        finding: changed(FLEET, "worker-image", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("worker-image"),
        deed: |hand| Box::pin(async move { untag(&hand).await }),
    },
    Attack {
        name: "template-untagged",
        difficulty: Easy,
        does: "takes the team's tag off the launch template",
        symptom: "whoever looks by tags finds no template",
        finding: changed(FLEET, "launch-template", "tags"),
        mend: "ec2:CreateTags",
        target: Ec2("launch-template"),
        deed: |hand| Box::pin(async move { untag(&hand).await }),
    },
    Attack {
        name: "role-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the workers' role",
        symptom: "whoever looks by tags takes it for a stranger's",
        finding: changed(FLEET, "role", "tags"),
        mend: "iam:TagRole",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.untag_role().role_name(&hand.id).tag_keys(TEAM);
                call.send().await.during("UntagRole").map(drop)
            })
        },
    },
    Attack {
        name: "profile-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the workers' instance profile",
        symptom: "whoever looks by tags takes it for a stranger's",
        finding: changed(FLEET, "instance-profile", "tags"),
        mend: "iam:TagInstanceProfile",
        target: Profile,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.untag_instance_profile();
                let call = call.instance_profile_name(&hand.id).tag_keys(TEAM);
                call.send().await.during("UntagInstanceProfile").map(drop)
            })
        },
    },
    Attack {
        name: "group-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the group of workers, and so off new workers",
        symptom: "whoever looks by tags finds no group",
        finding: changed(FLEET, "worker-group", "tags"),
        mend: "autoscaling:CreateOrUpdateTags",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let tag = aws_sdk_autoscaling::types::Tag::builder().key(TEAM);
                let tag = tag.resource_id(&hand.id).resource_type("auto-scaling-group");
                let call = hand.world.autoscaling.delete_tags().tags(tag.build());
                call.send().await.during("DeleteTags").map(drop)
            })
        },
    },
    Attack {
        name: "alarm-untagged",
        difficulty: Easy,
        does: "takes the team's tag off the alarm that many jobs wait",
        symptom: "whoever looks by tags takes it for a stranger's",
        finding: changed(FLEET, "many-jobs", "tags"),
        mend: "cloudwatch:TagResource",
        target: Alarm("many-jobs"),
        deed: |hand| {
            Box::pin(async move {
                let arn = hand.world.sealed("many-jobs")?;
                let call = hand.world.cloudwatch.untag_resource().resource_arn(arn).tag_keys(TEAM);
                call.send().await.during("UntagResource").map(drop)
            })
        },
    },
    Attack {
        name: "input-untagged",
        difficulty: Medium,
        does: "takes the team's tag off the queue of jobs",
        symptom: "whoever looks by tags takes it for a stranger's",
        finding: changed(QUEUE, "input", "tags"),
        mend: "sqs:TagQueue",
        target: Queue("input"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.sqs.untag_queue().queue_url(&hand.id).tag_keys(TEAM);
                call.send().await.during("UntagQueue").map(drop)
            })
        },
    },
    Attack {
        name: "bucket-untagged",
        difficulty: Medium,
        does: "takes all tags off the bucket",
        symptom: "whoever looks by tags takes it for a stranger's",
        finding: missing_of(QUEUE, "bucket", "tags"),
        mend: "s3:PutBucketTagging",
        target: Bucket,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.s3.delete_bucket_tagging().bucket(&hand.id);
                call.send().await.during("DeleteBucketTagging").map(drop)
            })
        },
    },
];

async fn untag(hand: &Hand) -> Result<()> {
    let tag = Tag::builder().key(TEAM).build();
    let call = hand.world.ec2.delete_tags().resources(&hand.id).tags(tag);
    call.send().await.during("DeleteTags").map(drop)
}
