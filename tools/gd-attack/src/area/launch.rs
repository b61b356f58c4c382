//! Attacks on what workers are started from.

use std::time::{Duration, SystemTime};

use aws_sdk_ec2::types::{InstanceType, RequestLaunchTemplateData, ResourceType};
use aws_smithy_types::Blob;
use lib_common::Result;
use lib_common::aws::During;

use super::network::gone;
use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::{Ec2, Group};
use crate::attack::{Attack, FLEET, VPC, changed, extra, extra_in, missing};
use crate::hand::Hand;

/// For so long people may go on to start from an image that is said to be out of date.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The public half of a key whose private half nobody kept.
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEVxNdJFqkTLWWJUdPBtyqKDbHvSKqAIPxFAKqZ9xqBR attacker";

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "template-default-moved",
        difficulty: Medium,
        does: "makes a version of the launch template with smaller instances, and makes it the default",
        symptom: "nothing, until something is started by the template's default",
        finding: changed(FLEET, "launch-template", "launch"),
        mend: "ec2:ModifyLaunchTemplate",
        target: Ec2("launch-template"),
        deed: |hand| {
            Box::pin(async move {
                let version = version(&hand, &hand.id, smaller()).await?;
                let call = hand.world.ec2.modify_launch_template().launch_template_id(&hand.id);
                let call = call.default_version(version);
                call.send().await.during("ModifyLaunchTemplate").map(drop)
            })
        },
    },
    Attack {
        name: "template-version-added",
        difficulty: Hard,
        does: "leaves a version of the launch template that runs a program of the attacker's",
        symptom: "nothing, until somebody starts that version",
        finding: extra(FLEET, "launch-template"),
        mend: "ec2:DeleteLaunchTemplateVersions",
        target: Ec2("launch-template"),
        deed: |hand| Box::pin(async move { version(&hand, &hand.id, program()).await.map(drop) }),
    },
    Attack {
        name: "template-deleted",
        difficulty: Easy,
        does: "deletes the launch template",
        symptom: "the group starts no worker any more",
        finding: missing(FLEET, "launch-template"),
        mend: "ec2:CreateLaunchTemplate",
        target: Ec2("launch-template"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.delete_launch_template().launch_template_id(&hand.id);
                call.send().await.during("DeleteLaunchTemplate").map(drop)
            })
        },
    },
    Attack {
        name: "group-version-moved",
        difficulty: Hard,
        does: "has the group start workers that run a program of the attacker's first",
        symptom: "workers are there and work; they are not those that were built",
        finding: changed(FLEET, "worker-group", "launch"),
        mend: "autoscaling:UpdateAutoScalingGroup",
        target: Group,
        deed: |hand| {
            Box::pin(async move {
                let template = hand.other(Ec2("launch-template"))?;
                let version = version(&hand, &template, program()).await?;
                let specification =
                    aws_sdk_autoscaling::types::LaunchTemplateSpecification::builder()
                        .launch_template_id(template)
                        .version(version);
                let call = hand.world.autoscaling.update_auto_scaling_group();
                let call = call.auto_scaling_group_name(&hand.id);
                let call = call.launch_template(specification.build());
                call.send().await.during("UpdateAutoScalingGroup").map(drop)
            })
        },
    },
    Attack {
        name: "image-deprecated",
        difficulty: Hard,
        does: "has the workers' image be out of date from tomorrow on",
        symptom: "nothing, until whoever looks for the image is shown none",
        finding: extra_in(FLEET, "worker-image", "deprecated"),
        mend: "ec2:DisableImageDeprecation",
        target: Ec2("worker-image"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.enable_image_deprecation().image_id(&hand.id);
                let call = call.deprecate_at((SystemTime::now() + DAY).into());
                call.send().await.during("EnableImageDeprecation").map(drop)
            })
        },
    },
    Attack {
        name: "image-deregistered",
        difficulty: Easy,
        does: "deregisters the workers' image",
        symptom: "the group starts no worker any more",
        finding: missing(FLEET, "worker-image"),
        mend: "ec2:CreateImage",
        target: Ec2("worker-image"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.deregister_image().image_id(&hand.id);
                call.send().await.during("DeregisterImage").map(drop)
            })
        },
    },
    Attack {
        name: "image-replaced",
        difficulty: Hard,
        does: "puts an image of another machine in the place of the workers', under its name",
        symptom: "the group starts no worker, though there is an image of the right name",
        finding: changed(FLEET, "worker-image", "id"),
        mend: "ec2:CreateImage",
        target: Ec2("worker-image"),
        deed: |hand| Box::pin(replace_image(hand)),
    },
    Attack {
        name: "key-pair-deleted",
        difficulty: Easy,
        does: "deletes the key pair of the instances",
        symptom: "no worker and no bastion can be started any more",
        finding: missing(VPC, "key-pair"),
        mend: "ec2:ImportKeyPair",
        target: Ec2("key-pair"),
        deed: |hand| Box::pin(async move { delete_key(&hand).await }),
    },
    Attack {
        name: "key-pair-replaced",
        difficulty: Hard,
        does: "puts a key of the attacker's in the place of the key pair, under its name",
        symptom: "nothing, until a new instance lets the attacker in and its owner not",
        finding: changed(VPC, "key-pair", "public_key"),
        mend: "ec2:ImportKeyPair",
        target: Ec2("key-pair"),
        deed: |hand| {
            Box::pin(async move {
                delete_key(&hand).await?;
                let call = hand.world.ec2.import_key_pair();
                let call = call.key_name(&hand.world.network.key_pair.name);
                let call = call.public_key_material(Blob::new(KEY));
                let call = call.tag_specifications(hand.world.specification(ResourceType::KeyPair));
                let made = call.send().await.during("ImportKeyPair")?;
                hand.touch(made.key_pair_id.unwrap_or_default());
                Ok(())
            })
        },
    },
];

fn smaller() -> RequestLaunchTemplateData {
    RequestLaunchTemplateData::builder().instance_type(InstanceType::T3Nano).build()
}

fn program() -> RequestLaunchTemplateData {
    // "#!/bin/sh\n: an attacker was here\n"
    let text = "IyEvYmluL3NoCjogYW4gYXR0YWNrZXIgd2FzIGhlcmUK";
    RequestLaunchTemplateData::builder().user_data(text).build()
}

/// A version of the template that differs in this from the one in force.
async fn version(hand: &Hand, template: &str, data: RequestLaunchTemplateData) -> Result<String> {
    let call = hand.world.ec2.create_launch_template_version().launch_template_id(template);
    let call = call.source_version("$Default").launch_template_data(data);
    let made = call.send().await.during("CreateLaunchTemplateVersion")?.launch_template_version;
    let number = made.and_then(|version| version.version_number).unwrap_or_default();
    hand.touch(format!("{template} version {number}"));
    Ok(number.to_string())
}

async fn replace_image(hand: Hand) -> Result<()> {
    let (ec2, nat) = (&hand.world.ec2, hand.other(Ec2("nat-instance"))?);
    let answer = ec2.describe_images().image_ids(&hand.id).send().await.during("DescribeImages")?;
    let name = answer.images().first().and_then(|image| image.name().map(str::to_owned));
    let name = name.ok_or_else(|| gone("the workers' image"))?;
    let call = ec2.deregister_image().image_id(&hand.id);
    call.send().await.during("DeregisterImage")?;
    let call = ec2.create_image().instance_id(nat).name(name);
    let call = call.no_reboot(true);
    let call = call.tag_specifications(hand.world.specification(ResourceType::Image));
    let made = call.send().await.during("CreateImage")?.image_id.unwrap_or_default();
    hand.touch(made);
    Ok(())
}

async fn delete_key(hand: &Hand) -> Result<()> {
    let call = hand.world.ec2.delete_key_pair().key_pair_id(&hand.id);
    call.send().await.during("DeleteKeyPair").map(drop)
}
