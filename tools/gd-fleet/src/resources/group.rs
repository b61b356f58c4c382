//! The Auto Scaling group of the workers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_autoscaling::operation::update_auto_scaling_group::builders::UpdateAutoScalingGroupFluentBuilder;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplateSpecification};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{Difference, Facts, Found, Key, Known, Resource, Strangers};
use lib_common::record::Scaling;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::members::{self, Starter};
use super::{
    CONFIGURATION, GROUP, TEMPLATE, backlog, configuration, facts, launch, strangers, template,
};
use crate::world::World;
use crate::{profile_known, tagging};

/// A worker boots in one to two minutes; what is unhealthy before that only boots.
const GRACE: i32 = 120;

/// A shutdown of all instances, each of which may drain for ten minutes.
const GONE: Duration = Duration::from_secs(15 * 60);

pub struct Group(pub Arc<World>);

#[async_trait]
impl Resource for Group {
    fn name(&self) -> &str {
        GROUP
    }

    fn kind(&self) -> &'static str {
        "Auto Scaling group"
    }

    fn needs(&self) -> Vec<String> {
        vec![if self.0.wish.classic { CONFIGURATION } else { TEMPLATE }.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let seen = match described(&self.0).await? {
            // It is on its way out.
            Some(group) if group.status.is_some() => None,
            Some(group) => {
                let tags = group.tags.iter().flatten();
                let tags = tags
                    .filter_map(|tag| {
                        Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()))
                    })
                    .collect();
                let found = self.found(group, tagging::fact(&tags)).await?;
                Some((found, tags))
            }
            None => None,
        };
        self.0.claim(key, self.kind(), GROUP, seen)
    }

    fn wish(&self, known: &Known) -> Facts {
        let mut subnets: Vec<_> =
            self.0.network.private_subnets.iter().map(|subnet| subnet.id.as_str()).collect();
        subnets.sort_unstable();
        facts(json!({
            "tags": self.0.team.wish(GROUP, &self.0.names.group),
            "template": (!self.0.wish.classic).then(|| known.id(TEMPLATE)),
            "configuration": self.0.wish.classic.then(|| known.id(CONFIGURATION)),
            "launch": launch::wish(&self.0, known),
            "subnets": subnets,
            "min": self.0.wish.min,
            "max": self.0.wish.max,
            "suspended": [],
            "health_check": {"type": "EC2", "grace": GRACE},
            "protects_new": false,
            "outdated": [],
            "protected": [],
            "standby": [],
            "metrics": match self.0.wish.scaling {
                Scaling::Step => json!([]),
                Scaling::Backlog => json!([backlog::COUNTED]),
            },
        }))
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let task = self.0.context.progress().task(GROUP);
        let what = "Auto Scaling to know the new instance profile";
        profile_known::wait(&self.0.context, &task, what, || self.make(known)).await?;
        task.done("made");
        let group = described(&self.0).await?.ok_or_else(|| {
            Error::new(Exit::Temporary, "the new Auto Scaling group is not told of yet")
                .next("run the same command again")
        })?;
        // Its tags were of the creating call.
        let tags = self.0.team.wish(GROUP, &self.0.names.group);
        self.found(group, tags).await
    }

    async fn mend(&self, _found: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        let (client, name) = (&self.0.clients.autoscaling, &self.0.names.group);
        let cannot =
            |fact: &str| format!("cannot set {fact} of the group {name} ({})", self.0.place());
        // What ends or keeps workers back is taken away first, then what they are started from.
        let mut update = None;
        for one in differences {
            let fact = one.fact.as_str();
            match fact {
                "suspended" => {
                    // Without names it resumes all.
                    let request = client.resume_processes().auto_scaling_group_name(name);
                    request.send().await.during("ResumeProcesses").explain(|| cannot(fact))?;
                }
                "tags" => {
                    let tags = tagging::group(name, &tagging::wished(one));
                    let request = client.create_or_update_tags().set_tags(Some(tags));
                    request.send().await.during("CreateOrUpdateTags").explain(|| cannot(fact))?;
                }
                "protected" | "standby" => {
                    members::mend(&self.0, one).await.explain(|| cannot(fact))?;
                }
                "outdated" => {}
                "metrics" => self.keep_metrics(one).await.explain(|| cannot(fact))?,
                _ => update = Some(self.with(fact, update, known)),
            }
        }
        if let Some(update) = update {
            update.send().await.during("UpdateAutoScalingGroup").explain(|| cannot("settings"))?;
        }
        let started = ["template", "configuration", "launch", "outdated"];
        if differences.iter().any(|one| started.contains(&one.fact.as_str())) {
            members::replace_outdated(&self.0, known).await?;
        }
        Ok(())
    }

    async fn delete(&self, _found: &Found) -> Result<()> {
        let name = &self.0.names.group;
        let request = self.0.clients.autoscaling.delete_auto_scaling_group();
        let cannot = || format!("cannot delete the group {name} ({})", self.0.place());
        let request = request.auto_scaling_group_name(name).force_delete(true);
        match request.send().await.during("DeleteAutoScalingGroup") {
            Err(error) if error.to_string().contains("not found") => Ok(()),
            answer => answer.explain(cannot).map(drop),
        }
    }

    async fn gone(&self, found: &Found, task: &Task) -> Result<()> {
        let what = format!("the group {} and its instances to be gone", found.id);
        Waiter::new(what, self.0.context.timeout(GONE))
            .every(Duration::from_millis(500), Duration::from_secs(10))
            .until(task, || async {
                Ok(match described(&self.0).await? {
                    Some(group) => {
                        let left = group.instances.map_or(0, |instances| instances.len());
                        Seen::Pending(format!("{left} instances left"))
                    }
                    None => Seen::Ready(()),
                })
            })
            .await
    }

    async fn strangers(&self, _found: &Found, _known: &Known) -> Strangers {
        Strangers::listed("policies, hooks and schedules", strangers::of_group(&self.0).await)
    }
}

impl Group {
    async fn make(&self, known: &Known) -> Result<()> {
        let (world, name) = (&self.0, &self.0.names.group);
        let (template, configuration) = self.started_by(known);
        let answer = world
            .clients
            .autoscaling
            .create_auto_scaling_group()
            .auto_scaling_group_name(name)
            .set_launch_template(template)
            .set_launch_configuration_name(configuration)
            .vpc_zone_identifier(self.subnets())
            .min_size(number(world.wish.min))
            .max_size(number(world.wish.max))
            .health_check_type("EC2")
            .health_check_grace_period(GRACE)
            .set_tags(Some(tagging::group(name, &world.tags(GROUP, name))))
            .send()
            .await;
        answer
            .during("CreateAutoScalingGroup")
            .explain(|| format!("cannot create the group {name} ({})", world.place()))
            .map(drop)
    }

    /// Its facts, with what the version of the template in force for it starts.
    async fn found(&self, group: AutoScalingGroup, tags: Value) -> Result<Found> {
        let template = group.launch_template.as_ref();
        let id = template.and_then(|it| it.launch_template_id.clone());
        let version = template.and_then(|it| it.version.clone());
        let configuration = group.launch_configuration_name.clone();
        let (started, starter) = match (&id, &configuration) {
            (Some(id), _) => {
                let version = version.as_deref().unwrap_or("$Default");
                let found = template::versions(&self.0, id, Some(version)).await?.pop();
                let number = found.as_ref().and_then(|it| it.version_number());
                (
                    launch::of(found.as_ref().and_then(|it| it.launch_template_data())),
                    number.map(|number| Starter::Template(id.clone(), number.to_string())),
                )
            }
            (None, Some(name)) => (
                configuration::started(&self.0, name).await?,
                Some(Starter::Configuration(name.clone())),
            ),
            (None, None) => (Value::Null, None),
        };
        let members = members::seen(&self.0, &group, starter.as_ref()).await?;
        let zones = group.vpc_zone_identifier.unwrap_or_default();
        let mut subnets: Vec<_> =
            zones.split(',').filter(|id| !id.is_empty()).map(str::trim).collect();
        subnets.sort_unstable();
        let suspended = group.suspended_processes.unwrap_or_default().into_iter();
        let mut suspended: Vec<_> = suspended.filter_map(|process| process.process_name).collect();
        suspended.sort();
        let metrics = group.enabled_metrics.unwrap_or_default().into_iter();
        let mut metrics: Vec<_> = metrics.filter_map(|metric| metric.metric).collect();
        metrics.sort();
        let told = json!({
            "tags": tags,
            "template": id,
            "configuration": configuration,
            "launch": started,
            "subnets": subnets,
            "min": group.min_size,
            "max": group.max_size,
            "suspended": suspended,
            "health_check": {
                "type": group.health_check_type, "grace": group.health_check_grace_period,
            },
            "protects_new": group.new_instances_protected_from_scale_in.unwrap_or(false),
            "metrics": metrics,
        });
        let mut facts = facts(told);
        facts.extend(members);
        Ok(Found { id: group.auto_scaling_group_name.unwrap_or_default(), facts })
    }

    /// The version of the template, or the launch configuration of 2014.
    fn started_by(&self, known: &Known) -> (Option<LaunchTemplateSpecification>, Option<String>) {
        if self.0.wish.classic {
            return (None, Some(known.id(CONFIGURATION)));
        }
        // A version by its number: moving the default does not move the workers.
        let template = LaunchTemplateSpecification::builder()
            .launch_template_id(known.id(TEMPLATE))
            .version(known.text(TEMPLATE, "version").unwrap_or_else(|| "$Default".to_owned()));
        (Some(template.build()), None)
    }

    fn subnets(&self) -> String {
        let subnets = self.0.network.private_subnets.iter().map(|subnet| subnet.id.as_str());
        subnets.collect::<Vec<_>>().join(",")
    }

    /// The one update of all settings, with one more.
    fn with(
        &self,
        fact: &str,
        update: Option<UpdateAutoScalingGroupFluentBuilder>,
        known: &Known,
    ) -> UpdateAutoScalingGroupFluentBuilder {
        let (client, name) = (&self.0.clients.autoscaling, &self.0.names.group);
        let update = update
            .unwrap_or_else(|| client.update_auto_scaling_group().auto_scaling_group_name(name));
        match fact {
            "template" | "configuration" | "launch" => {
                let (template, configuration) = self.started_by(known);
                update.set_launch_template(template).set_launch_configuration_name(configuration)
            }
            "subnets" => update.vpc_zone_identifier(self.subnets()),
            // One beyond the other is refused: they go together.
            "min" | "max" => {
                update.min_size(number(self.0.wish.min)).max_size(number(self.0.wish.max))
            }
            "health_check" => update.health_check_type("EC2").health_check_grace_period(GRACE),
            "protects_new" => update.new_instances_protected_from_scale_in(false),
            other => unreachable!("no fact {other} is wished for"),
        }
    }

    /// Has the group's metrics kept that are asked for, and no others.
    async fn keep_metrics(&self, one: &Difference) -> Result<()> {
        let (client, name) = (&self.0.clients.autoscaling, &self.0.names.group);
        let beyond = |these: &Value, those: &Value| -> Vec<String> {
            let those = those.as_array().map(Vec::as_slice).unwrap_or_default();
            let these = these.as_array().into_iter().flatten();
            let these = these.filter(|metric| !those.contains(metric)).filter_map(Value::as_str);
            these.map(str::to_owned).collect()
        };
        let (missing, extra) =
            (beyond(&one.expected, &one.found), beyond(&one.found, &one.expected));
        if !missing.is_empty() {
            let request = client.enable_metrics_collection().auto_scaling_group_name(name);
            let request = request.granularity("1Minute").set_metrics(Some(missing));
            request.send().await.during("EnableMetricsCollection")?;
        }
        if !extra.is_empty() {
            let request = client.disable_metrics_collection().auto_scaling_group_name(name);
            let request = request.set_metrics(Some(extra));
            request.send().await.during("DisableMetricsCollection")?;
        }
        Ok(())
    }
}

/// The group as the service tells it.
pub async fn described(world: &World) -> Result<Option<AutoScalingGroup>> {
    let name = &world.names.group;
    let request = world.clients.autoscaling.describe_auto_scaling_groups();
    let answer = request
        .auto_scaling_group_names(name)
        .send()
        .await
        .during("DescribeAutoScalingGroups")
        .explain(|| format!("cannot read the group {name} ({})", world.place()))?;
    Ok(answer.auto_scaling_groups.unwrap_or_default().pop())
}

/// Sizes are checked when they are given, and are far smaller.
fn number(size: u32) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}
