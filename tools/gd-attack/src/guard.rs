//! Whose a target is at this moment, by its own tags.

use std::sync::Arc;

use aws_sdk_ec2::types::Filter;
use lib_common::aws::During;
use lib_common::team::TEAM;
use lib_common::{Error, Exit, Result};

use crate::attack::{Attack, Target};
use crate::hand::Hand;
use crate::world::World;

/// The hand for an attack, once the live tags of all that it changes say that it is the team's.
pub async fn hand(world: &Arc<World>, attack: &Attack) -> Result<Hand> {
    let mut others = Vec::new();
    // A GameDay that is built without one of them has nothing there to look at.
    for other in attack.uses().iter().filter(|other| world.has(**other)) {
        others.push((*other, of_team(world, *other).await?));
    }
    Ok(Hand::new(world.clone(), of_team(world, attack.target).await?, others))
}

/// The id of the target, once its live tags say that it is the team's.
async fn of_team(world: &World, target: Target) -> Result<String> {
    let cannot = || format!("cannot read the tags of {} ({})", target.resource(), world.region);
    let (id, team) = read(world, target).await.map_err(|error| match error.is_not_found() {
        true => refused(target, "is not there").because(error.summary()),
        false => error.context(cannot()),
    })?;
    match team.as_deref() == Some(world.team.as_str()) {
        true => Ok(id),
        false => {
            let team = team.map_or("no tag gd:team".to_owned(), |team| format!("gd:team={team}"));
            Err(refused(target, &format!("has {team}, and not gd:team={}", world.team))
                .because(format!("it is {id} ({})", world.region)))
        }
    }
}

fn refused(target: Target, why: &str) -> Error {
    Error::new(Exit::Exists, format!("{} {why}: it is left alone", target.resource()))
        .next("attack only what is the team's and whole; repair it first")
}

/// The id of the target and its team.
async fn read(world: &World, target: Target) -> Result<(String, Option<String>)> {
    match target {
        Target::Ec2(name) => {
            let id = world.sealed(name)?;
            let only = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
            let request = world.ec2.describe_tags().filters(only("resource-id", &id));
            let answer = request.filters(only("key", TEAM)).send().await.during("DescribeTags")?;
            let team = answer.tags().iter().find_map(|tag| tag.value().map(str::to_owned));
            Ok((id, team))
        }
        Target::Queue(role) => {
            let name = match role {
                "output" => &world.queues.output.name,
                "dead-letter" => &world.queues.dead_letter.name,
                _ => &world.queues.input.name,
            };
            // At the endpoint of now: the record may be of another.
            let answer = world.sqs.get_queue_url().queue_name(name).send().await;
            let url = answer.during("GetQueueUrl")?.queue_url.unwrap_or_default();
            let tags = world.sqs.list_queue_tags().queue_url(&url).send().await;
            let tags = tags.during("ListQueueTags")?.tags.unwrap_or_default();
            Ok((url, tags.get(TEAM).cloned()))
        }
        Target::Bucket => {
            let name = world.queues.bucket.name.clone();
            let tags = world.s3.get_bucket_tagging().bucket(&name).send().await;
            let tags = tags.during("GetBucketTagging")?.tag_set;
            let team = tags.into_iter().find(|tag| tag.key() == TEAM).map(|tag| tag.value);
            Ok((name, team))
        }
        Target::Role => {
            let name = world.fleet.role.clone();
            let tags = world.iam.list_role_tags().role_name(&name).send().await;
            let tags = tags.during("ListRoleTags")?.tags.into_iter();
            Ok((name, tags.filter(|tag| tag.key() == TEAM).map(|tag| tag.value).next()))
        }
        Target::Profile => {
            let name = world.fleet.instance_profile.clone();
            let answer = world.iam.get_instance_profile().instance_profile_name(&name);
            let answer = answer.send().await.during("GetInstanceProfile")?;
            let tags = answer.instance_profile.and_then(|profile| profile.tags);
            let mut tags = tags.unwrap_or_default().into_iter();
            Ok((name, tags.find(|tag| tag.key() == TEAM).map(|tag| tag.value)))
        }
        Target::Group => {
            let name = world.fleet.group.clone();
            let request = world.autoscaling.describe_auto_scaling_groups();
            let request = request.auto_scaling_group_names(&name);
            let answer = request.send().await.during("DescribeAutoScalingGroups")?;
            let tags = answer.auto_scaling_groups().iter().flat_map(|group| group.tags());
            let team = tags.filter(|tag| tag.key() == Some(TEAM)).find_map(|tag| tag.value());
            Ok((name, team.map(str::to_owned)))
        }
        Target::Alarm(name) => {
            let arn = world.sealed(name)?;
            let request = world.cloudwatch.list_tags_for_resource().resource_arn(&arn);
            let answer = request.send().await.during("ListTagsForResource")?;
            let tags = answer.tags().iter().filter(|tag| tag.key() == Some(TEAM));
            let team = tags.filter_map(|tag| tag.value()).next().map(str::to_owned);
            // Calls take an alarm's name, which ends its ARN.
            let name = arn.rsplit_once(":alarm:").map_or(arn.as_str(), |(_, name)| name);
            Ok((name.to_owned(), team))
        }
    }
}
