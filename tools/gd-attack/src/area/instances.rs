//! Attacks on the instance that is the way out and the way in.

use aws_sdk_ec2::types::{AttributeBooleanValue, HttpTokensState, IamInstanceProfileSpecification};
use lib_common::aws::During;

use super::network::{filter, gone};
use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::{Ec2, Profile};
use crate::attack::{Attack, VPC, changed, extra_in, missing, missing_of};

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "nat-checks-addresses",
        difficulty: Medium,
        does: "has the NAT instance drop what is not addressed to it",
        symptom: "workers fetch nothing, though the NAT instance runs and answers",
        finding: changed(VPC, "nat-instance", "source_dest_check"),
        mend: "ec2:ModifyNetworkInterfaceAttribute",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let on = AttributeBooleanValue::builder().value(true).build();
                let call = hand.world.ec2.modify_instance_attribute().instance_id(&hand.id);
                let call = call.source_dest_check(on);
                call.send().await.during("ModifyInstanceAttribute").map(drop)
            })
        },
    },
    Attack {
        name: "nat-stopped",
        difficulty: Easy,
        does: "stops the NAT instance",
        symptom: "the bastion does not answer, and workers fetch nothing",
        finding: changed(VPC, "nat-instance", "state"),
        mend: "ec2:StartInstances",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.stop_instances().instance_ids(&hand.id);
                call.send().await.during("StopInstances").map(drop)
            })
        },
    },
    Attack {
        name: "nat-terminated",
        difficulty: Easy,
        does: "terminates the NAT instance",
        symptom: "the bastion is gone, and workers fetch nothing",
        finding: missing(VPC, "nat-instance"),
        mend: "ec2:RunInstances",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.terminate_instances().instance_ids(&hand.id);
                call.send().await.during("TerminateInstances").map(drop)
            })
        },
    },
    Attack {
        name: "nat-groups-swapped",
        difficulty: Medium,
        does: "puts the NAT instance into the VPC's default security group",
        symptom: "workers fetch nothing and SSH hangs, though its own group is right",
        finding: missing_of(VPC, "nat-instance", "groups"),
        mend: "ec2:ModifyNetworkInterfaceAttribute",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let ec2 = &hand.world.ec2;
                let vpc = hand.other(Ec2("vpc"))?;
                let call = ec2.describe_security_groups().filters(filter("vpc-id", &vpc));
                let answer = call.filters(filter("group-name", "default")).send().await;
                let answer = answer.during("DescribeSecurityGroups")?;
                let group = answer.security_groups().first().and_then(|group| group.group_id());
                let group = group.ok_or_else(|| gone("the default security group"))?;
                let call = ec2.modify_instance_attribute().instance_id(&hand.id).groups(group);
                call.send().await.during("ModifyInstanceAttribute").map(drop)
            })
        },
    },
    Attack {
        name: "nat-metadata-loose",
        difficulty: Hard,
        does: "has the NAT instance tell its metadata without a token",
        symptom: "nothing, until a forged request is answered with credentials",
        finding: changed(VPC, "nat-instance", "metadata_tokens"),
        mend: "ec2:ModifyInstanceMetadataOptions",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.modify_instance_metadata_options();
                let call = call.instance_id(&hand.id).http_tokens(HttpTokensState::Optional);
                call.send().await.during("ModifyInstanceMetadataOptions").map(drop)
            })
        },
    },
    Attack {
        name: "nat-metadata-far",
        difficulty: Hard,
        does: "lets the NAT instance's metadata be read from behind it",
        symptom: "nothing, until somebody reads them through it",
        finding: changed(VPC, "nat-instance", "metadata_hops"),
        mend: "ec2:ModifyInstanceMetadataOptions",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.ec2.modify_instance_metadata_options();
                let call = call.instance_id(&hand.id).http_put_response_hop_limit(5);
                call.send().await.during("ModifyInstanceMetadataOptions").map(drop)
            })
        },
    },
    Attack {
        name: "nat-profile-given",
        difficulty: Hard,
        does: "gives the NAT instance the workers' instance profile",
        symptom: "nothing; whoever is in the bastion may do what workers may",
        finding: extra_in(VPC, "nat-instance", "instance_profile"),
        mend: "ec2:DisassociateIamInstanceProfile",
        target: Ec2("nat-instance"),
        deed: |hand| {
            Box::pin(async move {
                let profile = IamInstanceProfileSpecification::builder();
                let profile = profile.name(hand.other(Profile)?).build();
                let call = hand.world.ec2.associate_iam_instance_profile();
                let call = call.instance_id(&hand.id).iam_instance_profile(profile);
                let made = call.send().await.during("AssociateIamInstanceProfile")?;
                let made = made.iam_instance_profile_association;
                hand.touch(made.and_then(|one| one.association_id).unwrap_or_default());
                Ok(())
            })
        },
    },
];
