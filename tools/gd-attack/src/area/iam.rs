//! Attacks on what the workers may do, and on who else may do something.

use lib_common::aws::During;
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use crate::attack::Difficulty::{Easy, Hard, Medium};
use crate::attack::Target::{Profile, Role};
use crate::attack::{Attack, FLEET, changed, extra, extra_in, missing, missing_of};
use crate::hand::Hand;
use crate::own::{document, trusting};

const DENY_ALL: &str = "arn:aws:iam::aws:policy/AWSDenyAll";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

pub const ATTACKS: &[Attack] = &[
    Attack {
        name: "role-policy-deleted",
        difficulty: Easy,
        does: "deletes the policy by which the workers may work",
        symptom: "workers run, and are denied everything",
        finding: missing_of(FLEET, "role", "inline"),
        mend: "iam:PutRolePolicy",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.delete_role_policy().role_name(&hand.id);
                let call = call.policy_name("work");
                call.send().await.during("DeleteRolePolicy").map(drop)
            })
        },
    },
    Attack {
        name: "role-policy-widened",
        difficulty: Hard,
        does: "lets the workers do everything to the queues and the bucket, by the policy of the right name",
        symptom: "nothing; whoever is in a worker owns the montages",
        finding: extra_in(FLEET, "role", "inline"),
        mend: "iam:DeleteRolePolicy",
        target: Role,
        deed: |hand| {
            Box::pin(async move { put_policy(&hand, "work", hand.world.own.everything()).await })
        },
    },
    Attack {
        name: "role-denied",
        difficulty: Medium,
        does: "denies the workers everything, by a policy beside their own",
        symptom: "workers run, and are denied everything, though their policy is right",
        finding: extra_in(FLEET, "role", "inline"),
        mend: "iam:DeleteRolePolicy",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let all = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
                put_policy(&hand, "audit", document(all)).await
            })
        },
    },
    Attack {
        name: "role-barred",
        difficulty: Medium,
        does: "attaches AWS's policy that denies everything to the workers' role",
        symptom: "workers run, and are denied everything, though all their own policies are right",
        finding: extra_in(FLEET, "role", "attached"),
        mend: "iam:DetachRolePolicy",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.attach_role_policy().role_name(&hand.id);
                call.policy_arn(DENY_ALL).send().await.during("AttachRolePolicy").map(drop)
            })
        },
    },
    Attack {
        name: "role-trust-opened",
        difficulty: Hard,
        does: "lets everybody of the account take the workers' role",
        symptom: "nothing; whoever is in the account may act as a worker",
        finding: changed(FLEET, "role", "trust"),
        mend: "iam:UpdateAssumeRolePolicy",
        target: Role,
        deed: |hand| Box::pin(async move { trust(&hand, hand.world.own.open_trust()).await }),
    },
    Attack {
        name: "role-trust-moved",
        difficulty: Easy,
        does: "lets Lambda take the workers' role, and instances no more",
        symptom: "workers have no credentials, or will have none within hours",
        finding: changed(FLEET, "role", "trust"),
        mend: "iam:UpdateAssumeRolePolicy",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                trust(&hand, trusting(json!({"Service": "lambda.amazonaws.com"}))).await
            })
        },
    },
    Attack {
        name: "role-bounded",
        difficulty: Medium,
        does: "puts a boundary around the workers' role that lets it read alone",
        symptom: "workers run and are denied most, though all their policies are right",
        finding: extra_in(FLEET, "role", "boundary"),
        mend: "iam:DeleteRolePermissionsBoundary",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.put_role_permissions_boundary().role_name(&hand.id);
                let call = call.permissions_boundary(READ_ONLY);
                call.send().await.during("PutRolePermissionsBoundary").map(drop)
            })
        },
    },
    Attack {
        name: "role-long-sessions",
        difficulty: Hard,
        does: "lets a session of the workers' role last twelve hours",
        symptom: "nothing; stolen credentials live longer",
        finding: changed(FLEET, "role", "session"),
        mend: "iam:UpdateRole",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.update_role().role_name(&hand.id);
                let call = call.max_session_duration(12 * 60 * 60);
                call.send().await.during("UpdateRole").map(drop)
            })
        },
    },
    Attack {
        name: "role-recreated",
        difficulty: Hard,
        does: "deletes the workers' role, and makes another of its name that may do nothing",
        symptom: "workers are denied everything, though there is a role of the right name",
        finding: changed(FLEET, "role", "id"),
        mend: "iam:CreateRole",
        target: Role,
        deed: |hand| Box::pin(recreate(hand)),
    },
    Attack {
        name: "profile-emptied",
        difficulty: Easy,
        does: "takes the role out of the workers' instance profile",
        symptom: "workers have no credentials",
        finding: missing_of(FLEET, "instance-profile", "roles"),
        mend: "iam:AddRoleToInstanceProfile",
        target: Profile,
        deed: |hand| {
            Box::pin(async move {
                let call = hand.world.iam.remove_role_from_instance_profile();
                let call = call.instance_profile_name(&hand.id).role_name(&hand.world.fleet.role);
                call.send().await.during("RemoveRoleFromInstanceProfile").map(drop)
            })
        },
    },
    Attack {
        name: "profile-deleted",
        difficulty: Easy,
        does: "deletes the workers' instance profile",
        symptom: "no worker can be started; those that run lose their credentials",
        finding: missing(FLEET, "instance-profile"),
        mend: "iam:CreateInstanceProfile",
        target: Profile,
        deed: |hand| {
            Box::pin(async move {
                let iam = &hand.world.iam;
                let call = iam.remove_role_from_instance_profile();
                let call = call.instance_profile_name(&hand.id).role_name(&hand.world.fleet.role);
                call.send().await.during("RemoveRoleFromInstanceProfile")?;
                let call = iam.delete_instance_profile().instance_profile_name(&hand.id);
                call.send().await.during("DeleteInstanceProfile").map(drop)
            })
        },
    },
    Attack {
        name: "user-added",
        difficulty: Hard,
        does: "makes a user with a key of its own, who may do everything to the queues and the bucket",
        symptom: "nothing; the attacker can come back at any time",
        finding: extra(FLEET, "access"),
        mend: "iam:DeleteUser",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let (world, iam) = (&hand.world, &hand.world.iam);
                let name = world.own_name("support");
                let call = iam.create_user().user_name(&name).set_tags(Some(world.iam_tags()));
                call.send().await.during("CreateUser")?;
                hand.touch(format!("user {name}"));
                let call = iam.put_user_policy().user_name(&name).policy_name("support");
                let call = call.policy_document(world.own.everything().to_string());
                call.send().await.during("PutUserPolicy")?;
                // The secret is in the answer, and goes nowhere.
                let made = iam.create_access_key().user_name(&name).send().await;
                let made = made.during("CreateAccessKey")?.access_key;
                hand.touch(made.map(|key| key.access_key_id).unwrap_or_default());
                Ok(())
            })
        },
    },
    Attack {
        name: "role-added",
        difficulty: Hard,
        does: "makes a role that may do everything to the queues and the bucket, for the whole account",
        symptom: "nothing; the attacker can come back at any time",
        finding: extra(FLEET, "access"),
        mend: "iam:DeleteRole",
        target: Role,
        deed: |hand| {
            Box::pin(async move {
                let (world, iam) = (&hand.world, &hand.world.iam);
                let name = world.own_name("support");
                let call = iam.create_role().role_name(&name).set_tags(Some(world.iam_tags()));
                let call = call.assume_role_policy_document(world.own.trust().to_string());
                call.send().await.during("CreateRole")?;
                hand.touch(format!("role {name}"));
                let call = iam.put_role_policy().role_name(&name).policy_name("support");
                let call = call.policy_document(world.own.everything().to_string());
                call.send().await.during("PutRolePolicy").map(drop)
            })
        },
    },
];

/// An inline policy of the role.
async fn put_policy(hand: &Hand, name: &str, policy: Value) -> Result<()> {
    let call = hand.world.iam.put_role_policy().role_name(&hand.id).policy_name(name);
    let call = call.policy_document(policy.to_string());
    call.send().await.during("PutRolePolicy").map(drop)
}

async fn trust(hand: &Hand, policy: Value) -> Result<()> {
    let call = hand.world.iam.update_assume_role_policy().role_name(&hand.id);
    let call = call.policy_document(policy.to_string());
    call.send().await.during("UpdateAssumeRolePolicy").map(drop)
}

/// All is read before anything is changed: a role that is held by what is not the team's stays.
async fn recreate(hand: Hand) -> Result<()> {
    let (iam, role, profile) = (&hand.world.iam, &hand.id, hand.other(Profile)?);
    let holders = iam.list_instance_profiles_for_role().role_name(role).into_paginator().items();
    let holders = holders.send().collect::<Result<Vec<_>, _>>().await;
    let holders = holders.during("ListInstanceProfilesForRole")?;
    let mut others = holders.iter().map(|one| one.instance_profile_name());
    let other = others.find(|name| *name != profile);
    if let Some(other) = other {
        return Err(Error::new(
            Exit::Exists,
            format!("the instance profile {other} has {role} too"),
        )
        .next("repair first; what else holds the role is left alone"));
    }
    let inline = iam.list_role_policies().role_name(role).into_paginator().items().send();
    let inline = inline.collect::<Result<Vec<_>, _>>().await.during("ListRolePolicies")?;
    let attached = iam.list_attached_role_policies().role_name(role).into_paginator().items();
    let attached = attached.send().collect::<Result<Vec<_>, _>>().await;
    let attached = attached.during("ListAttachedRolePolicies")?;
    let tags = iam.list_role_tags().role_name(role).send().await.during("ListRoleTags")?.tags;

    hand.touch(&profile);
    if !holders.is_empty() {
        let call = iam.remove_role_from_instance_profile();
        let call = call.instance_profile_name(&profile).role_name(role);
        call.send().await.during("RemoveRoleFromInstanceProfile")?;
    }
    for name in inline {
        let call = iam.delete_role_policy().role_name(role).policy_name(name);
        call.send().await.during("DeleteRolePolicy")?;
    }
    for arn in attached.into_iter().filter_map(|policy| policy.policy_arn) {
        let call = iam.detach_role_policy().role_name(role).policy_arn(arn);
        call.send().await.during("DetachRolePolicy")?;
    }
    iam.delete_role().role_name(role).send().await.during("DeleteRole")?;
    let call = iam.create_role().role_name(role).set_tags(Some(tags));
    let trust = trusting(json!({"Service": "ec2.amazonaws.com"}));
    let call = call.assume_role_policy_document(trust.to_string());
    let made = call.send().await.during("CreateRole")?.role;
    hand.touch(made.map(|role| role.role_id).unwrap_or_default());
    if holders.is_empty() {
        return Ok(());
    }
    let call = iam.add_role_to_instance_profile().instance_profile_name(&profile).role_name(role);
    call.send().await.during("AddRoleToInstanceProfile").map(drop)
}
