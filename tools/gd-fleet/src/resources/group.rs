//! The Auto Scaling group of the workers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_autoscaling::operation::update_auto_scaling_group::builders::UpdateAutoScalingGroupFluentBuilder;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplateSpecification};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Strangers, Wrong,
};
use lib_common::record::Scaling;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::members::{self, Starter};
use super::{
    CONFIGURATION, GROUP, PROFILE, ROLE, TEMPLATE, backlog, beside, configuration, facts, launch,
    refresh, settings, strangers, template,
};
use crate::world::World;
use crate::{profile_known, tagging};

/// A shutdown of all instances, each of which may drain for ten minutes.
const GONE: Duration = Duration::from_secs(15 * 60);

/// In place of a fact that could not be read: nobody can say that it is wrong, and what could not
/// be read is told beside the group.
const UNREAD: &str = "(could not be read)";

pub struct Group {
    world: Arc<World>,
    /// What the last look could not read of it.
    unread: Mutex<Vec<(&'static str, Error)>>,
}

#[async_trait]
impl Resource for Group {
    fn name(&self) -> &str {
        GROUP
    }

    fn kind(&self) -> &'static str {
        "Auto Scaling group"
    }

    fn needs(&self) -> Vec<String> {
        vec![if self.world.wish.classic { CONFIGURATION } else { TEMPLATE }.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let seen = match described(&self.world).await? {
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
        self.world.claim(key, self.kind(), GROUP, seen)
    }

    fn wish(&self, known: &Known) -> Facts {
        let mut wish = facts(json!({
            "tags": self.world.team.wish(GROUP, &self.world.names.group),
            "template": (!self.world.wish.classic).then(|| known.id(TEMPLATE)),
            "configuration": self.world.wish.classic.then(|| known.id(CONFIGURATION)),
            "launch": or_unread(known, "launch", launch::wish(&self.world, known)),
            "suspended": [],
            "metrics": match self.world.wish.scaling {
                Scaling::Step => json!([]),
                Scaling::Backlog => json!([backlog::COUNTED]),
            },
            "warm_pool": null,
            "balancers": [],
            "refresh": null,
            "outdated": [],
            "tampered": or_unread(known, "tampered", json!({})),
            "protected": [],
            "standby": [],
        }));
        wish.extend(settings::wish(&self.world));
        wish
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let task = self.world.context.progress().task(GROUP);
        // One that somebody deleted has its name until its last instance is gone.
        self.vanished(&task).await?;
        let what = "Auto Scaling to know the new instance profile";
        profile_known::wait(&self.world.context, &task, what, || self.make(known)).await?;
        task.done("made");
        let group = described(&self.world).await?.ok_or_else(|| {
            Error::new(Exit::Temporary, "the new Auto Scaling group is not told of yet")
                .next("run the same command again")
        })?;
        // Its tags were of the creating call.
        let tags = self.world.team.wish(GROUP, &self.world.names.group);
        self.found(group, tags).await
    }

    async fn mend(&self, _found: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        let (client, name) = (&self.world.clients.autoscaling, &self.world.names.group);
        let cannot =
            |fact: &str| format!("cannot set {fact} of the group {name} ({})", self.world.place());
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
                // After the sizes, which may leave no room for one that comes back.
                "protected" | "standby" | "tampered" | "outdated" | "refresh" => {}
                "warm_pool" => {
                    let request = client.delete_warm_pool().auto_scaling_group_name(name);
                    let request = request.force_delete(true).send();
                    request.await.during("DeleteWarmPool").explain(|| cannot(fact))?;
                }
                "balancers" => beside::detach_balancers(&self.world, &one.found)
                    .await
                    .explain(|| cannot(fact))?,
                "metrics" => {
                    beside::keep_metrics(&self.world, one).await.explain(|| cannot(fact))?;
                }
                _ => update = Some(self.with(fact, update, known)),
            }
        }
        let started = ["template", "configuration", "launch", "mixed", "refresh", "outdated"];
        let replaces = differences.iter().any(|one| started.contains(&one.fact.as_str()));
        if replaces {
            // One under way has passed instances by, or brought some, that are outdated hereafter.
            // It goes first: while it is there, the next sweep takes them for its own.
            refresh::cancel(&self.world).await.explain(|| cannot("refresh"))?;
        }
        if let Some(update) = update {
            update.send().await.during("UpdateAutoScalingGroup").explain(|| cannot("settings"))?;
        }
        for one in differences {
            if ["protected", "standby", "tampered"].contains(&one.fact.as_str()) {
                members::mend(&self.world, one, known).await.explain(|| cannot(&one.fact))?;
            }
        }
        if replaces {
            members::replace_outdated(&self.world, known).await?;
        }
        Ok(())
    }

    async fn ready(&self, found: Found, _task: &Task) -> Result<Found> {
        if self.world.made.any(&[ROLE, PROFILE]) {
            members::end_bereaved(&self.world).await?;
        }
        Ok(found)
    }

    async fn delete(&self, _found: &Found) -> Result<()> {
        let name = &self.world.names.group;
        let request = self.world.clients.autoscaling.delete_auto_scaling_group();
        let cannot = || format!("cannot delete the group {name} ({})", self.world.place());
        let request = request.auto_scaling_group_name(name).force_delete(true);
        match request.send().await.during("DeleteAutoScalingGroup") {
            Err(error) if error.to_string().contains("not found") => Ok(()),
            answer => answer.explain(cannot).map(drop),
        }
    }

    async fn gone(&self, _found: &Found, task: &Task) -> Result<()> {
        self.vanished(task).await
    }

    async fn strangers(&self, _found: &Found, _known: &Known) -> Strangers {
        let unread = std::mem::take(&mut *self.unread.lock().expect("no panic"));
        let unread = unread.into_iter().map(|(what, error)| Strangers::listed(what, Err(error)));
        unread.collect::<Strangers>().and(strangers::of_group(&self.world).await)
    }

    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        strangers::remove(&self.world, stranger).await
    }

    /// What brings something else in, or goes on taking workers away.
    fn is_dangerous(&self, difference: &Difference) -> bool {
        ["refresh", "mixed"].contains(&difference.fact.as_str())
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Fact(_, difference) => settings::severity(&difference.fact),
            Wrong::Stranger(stranger) if strangers::stops_work(stranger) => Severity::Critical,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("autoscaling:CreateAutoScalingGroup"),
            Call::Delete => Some("autoscaling:DeleteAutoScalingGroup"),
            Call::Remove(stranger) => strangers::call(stranger),
            Call::Mend(difference) => Some(settings::call(difference)),
        }
    }
}

impl Group {
    pub fn new(world: Arc<World>) -> Self {
        Self { world, unread: Mutex::default() }
    }

    /// Waits until no group has its name.
    async fn vanished(&self, task: &Task) -> Result<()> {
        let what = format!("the group {} and its instances to be gone", self.world.names.group);
        Waiter::new(what, self.world.context.timeout(GONE))
            .every(Duration::from_millis(500), Duration::from_secs(10))
            .until(task, || async {
                Ok(match described(&self.world).await? {
                    Some(group) => {
                        let left = group.instances.map_or(0, |instances| instances.len());
                        Seen::Pending(format!("{left} instances left"))
                    }
                    None => Seen::Ready(()),
                })
            })
            .await
    }

    /// What was read, or what stands for it where that was denied.
    fn or_note<T>(&self, what: &'static str, read: Result<T>, unread: T) -> Result<T> {
        match read {
            Err(error) if error.exit() == Exit::Permission => {
                self.unread.lock().expect("no panic").push((what, error));
                Ok(unread)
            }
            read => read,
        }
    }

    async fn make(&self, known: &Known) -> Result<()> {
        let (world, name) = (&self.world, &self.world.names.group);
        let (template, configuration) = self.started_by(known);
        let answer = world
            .clients
            .autoscaling
            .create_auto_scaling_group()
            .auto_scaling_group_name(name)
            .set_launch_template(template)
            .set_launch_configuration_name(configuration)
            .vpc_zone_identifier(settings::zones(world))
            .min_size(settings::number(world.wish.min))
            .max_size(settings::number(world.wish.max))
            .health_check_type("EC2")
            .health_check_grace_period(settings::GRACE)
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
        self.unread.lock().expect("no panic").clear();
        let starts = self.starts(&group).await;
        let (started, starter) = self.or_note("launch data", starts, (UNREAD.into(), None))?;
        let refresh = refresh::seen(&self.world).await?;
        let tampered = members::tampered(&self.world, &group, starter.as_ref(), &started).await;
        let tampered = self.or_note("workers in the group", tampered, UNREAD.into())?;
        let members = members::seen(&group, starter.as_ref(), refresh.renews());
        let mut told = settings::of(&group);
        let suspended = group.suspended_processes.unwrap_or_default().into_iter();
        let mut suspended: Vec<_> = suspended.filter_map(|process| process.process_name).collect();
        suspended.sort();
        let metrics = group.enabled_metrics.unwrap_or_default().into_iter();
        let mut metrics: Vec<_> = metrics.filter_map(|metric| metric.metric).collect();
        metrics.sort();
        // One that is being deleted is none.
        let pool = group.warm_pool_configuration.filter(|pool| pool.status.is_none());
        let mut balancers = group.load_balancer_names.unwrap_or_default();
        balancers.extend(group.target_group_arns.unwrap_or_default());
        balancers.sort();
        told.extend(facts(json!({
            "tags": tags,
            "template": group.launch_template.and_then(|it| it.launch_template_id),
            "configuration": group.launch_configuration_name,
            "launch": started,
            "suspended": suspended,
            "metrics": metrics,
            "warm_pool": pool.map(|pool| json!({
                "state": pool.pool_state.as_ref().map(|state| state.as_str()),
                "min": pool.min_size,
                "max": pool.max_group_prepared_capacity,
            })),
            "balancers": balancers,
            "refresh": refresh.fact(),
            "tampered": tampered,
        })));
        told.extend(members);
        Ok(Found { id: group.auto_scaling_group_name.unwrap_or_default(), facts: told })
    }

    /// What it starts, and by what.
    async fn starts(&self, group: &AutoScalingGroup) -> Result<(Value, Option<Starter>)> {
        let template = group.launch_template();
        let id = template.and_then(|it| it.launch_template_id());
        Ok(match (id, group.launch_configuration_name()) {
            (Some(id), _) => {
                let version = template.and_then(|it| it.version()).unwrap_or("$Default");
                let found = template::versions(&self.world, id, Some(version)).await?.pop();
                let number = found.as_ref().and_then(|it| it.version_number());
                (
                    launch::of(found.as_ref().and_then(|it| it.launch_template_data())),
                    number.map(|number| Starter::Template(id.to_owned(), number.to_string())),
                )
            }
            (None, Some(name)) => (
                configuration::started(&self.world, name).await?,
                Some(Starter::Configuration(name.to_owned())),
            ),
            (None, None) => (Value::Null, None),
        })
    }

    /// The version of the template, or the launch configuration of 2014.
    fn started_by(&self, known: &Known) -> (Option<LaunchTemplateSpecification>, Option<String>) {
        if self.world.wish.classic {
            return (None, Some(known.id(CONFIGURATION)));
        }
        // A version by its number: moving the default does not move the workers.
        let template = LaunchTemplateSpecification::builder()
            .launch_template_id(known.id(TEMPLATE))
            .version(known.text(TEMPLATE, "version").unwrap_or_else(|| "$Default".to_owned()));
        (Some(template.build()), None)
    }

    /// The one update of all settings, with one more.
    fn with(
        &self,
        fact: &str,
        update: Option<UpdateAutoScalingGroupFluentBuilder>,
        known: &Known,
    ) -> UpdateAutoScalingGroupFluentBuilder {
        let (client, name) = (&self.world.clients.autoscaling, &self.world.names.group);
        let update = update
            .unwrap_or_else(|| client.update_auto_scaling_group().auto_scaling_group_name(name));
        match fact {
            // A template takes the place of a policy of mixed instances.
            "template" | "configuration" | "launch" | "mixed" => {
                let (template, configuration) = self.started_by(known);
                update.set_launch_template(template).set_launch_configuration_name(configuration)
            }
            fact => settings::with(&self.world, fact, update),
        }
    }
}

/// A wish, but for a fact that could not be read.
fn or_unread(known: &Known, fact: &str, wish: Value) -> Value {
    match known.fact(GROUP, fact) {
        unread if unread == UNREAD => unread,
        _ => wish,
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
