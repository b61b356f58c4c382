//! The first instance, of which the image is made.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, HttpTokensState, IamInstanceProfileSpecification, Image,
    Instance, InstanceMetadataOptionsRequest, InstanceStateName, ResourceType,
};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{Difference, Facts, Found, Key, Known, Resource};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use serde_json::json;

use super::instances::described;
use super::{MASTER, PROFILE, ROLE, SECURITY, Scaffold, WORKER, facts};
use crate::tagging;
use crate::user_data::PREFIX;
use crate::world::World;
use crate::{classic, profile_known};

/// A boot takes one to three minutes, the worker's download seconds; the instance itself
/// tries for three minutes to reach the bucket.
const FIT: Duration = Duration::from_secs(10 * 60);

/// Marks it with the hash of what it installs: one of another recipe is another instance.
const RECIPE: &str = "gd:recipe";

pub struct Master {
    pub world: Arc<World>,
    pub scaffold: Scaffold,
}

#[async_trait]
impl Resource for Master {
    fn name(&self) -> &str {
        MASTER
    }

    fn kind(&self) -> &'static str {
        "instance"
    }

    fn needs(&self) -> Vec<String> {
        [ROLE, PROFILE, SECURITY, WORKER].map(str::to_owned).into()
    }

    fn passes(&self) -> bool {
        true
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        if key != Key::Tags {
            // It has nothing else to be known by, and its tags are of the run's minutes.
            return Ok(Vec::new());
        }
        let hash = self.world.recipe.hash();
        let all = instances(&self.world).await?;
        let of_recipe = all.into_iter().filter(|instance| {
            let mut tags = instance.tags().iter();
            // A run that was interrupted left no word of its recipe.
            self.scaffold == Scaffold::Remains
                || tags.any(|tag| tag.key() == Some(RECIPE) && tag.value() == Some(&hash))
        });
        Ok(of_recipe
            .map(|instance| {
                let tags = tagging::of_ec2(instance.tags);
                let told = json!({"tags": tagging::fact(&tags)});
                Found { id: instance.instance_id.unwrap_or_default(), facts: facts(told) }
            })
            .collect())
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({"tags": self.world.team.wish(MASTER, &self.world.names.master)}))
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let source = self.source().await?;
        let task = self.world.context.progress().task(MASTER);
        let what = "EC2 to know the new instance profile";
        let (context, made) = (&self.world.context, &self.world.made);
        let run = || self.run(&source, known);
        let started = || profile_known::wait(context, &task, what, run);
        let id = made.once_known(&[SECURITY], started).await?;
        task.done(&format!("{id} started"));
        Ok(Found { id, facts: self.wish(known) })
    }

    async fn ready(&self, found: Found, task: &Task) -> Result<Found> {
        let what = format!("the worker to be installed on {}", found.id);
        let installed = Waiter::new(what, self.world.context.timeout(FIT))
            .every(Duration::from_millis(500), Duration::from_secs(5))
            .until(task, || self.look(&found.id))
            .await?;
        match installed.as_str() {
            "ready" => Ok(found),
            reason => {
                // The next run shall begin with a new one.
                self.delete(&found).await?;
                Err(Error::new(
                    Exit::Failed,
                    format!("the worker was not installed on {}", found.id),
                )
                .because(reason)
                .done(format!("{} is terminated", found.id)))
            }
        }
    }

    async fn mend(&self, found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for difference in differences {
            let tags = tagging::ec2(&tagging::wished(difference));
            let request =
                self.world.clients.ec2.create_tags().resources(&found.id).set_tags(Some(tags));
            let cannot = || format!("cannot tag {} ({})", found.id, self.world.place());
            request.send().await.during("CreateTags").explain(cannot)?;
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        terminate(&self.world, &[found.id.as_str()]).await
    }
}

impl Master {
    /// The public image that the wish begins with.
    async fn source(&self) -> Result<Image> {
        let id = &self.world.recipe.source;
        let request = self.world.clients.ec2.describe_images().image_ids(id);
        let request = request.include_deprecated(true);
        let image = match request.send().await.during("DescribeImages") {
            Err(error) if error.is_not_found() => None,
            answer => answer
                .explain(|| format!("cannot look at the image {id} ({})", self.world.place()))?
                .images
                .unwrap_or_default()
                .pop(),
        };
        image.ok_or_else(|| {
            let what = format!("the public image {id} is there no longer ({})", self.world.place());
            Error::new(Exit::NotFound, what).next("build on the newest by `gd-fleet up --newest`")
        })
    }

    async fn run(&self, source: &Image, known: &Known) -> Result<String> {
        let (world, name) = (&self.world, &self.world.names.master);
        let mut tags = world.tags(MASTER, name);
        let of_volume = tags.clone();
        tags.push((RECIPE.to_owned(), world.recipe.hash()));
        let classic = world.wish.classic;
        let encrypted = EbsBlockDevice::builder().encrypted(true).delete_on_termination(true);
        let root = BlockDeviceMapping::builder()
            .set_device_name(source.root_device_name.clone())
            .ebs(encrypted.build());
        let metadata = InstanceMetadataOptionsRequest::builder()
            .http_tokens(if classic {
                HttpTokensState::Optional
            } else {
                HttpTokensState::Required
            })
            .http_put_response_hop_limit(1);
        let profile = IamInstanceProfileSpecification::builder().name(&world.names.profile).build();
        let answer = world
            .clients
            .ec2
            .run_instances()
            .set_image_id(source.image_id.clone())
            .instance_type(world.wish.instance_type.as_str().into())
            .min_count(1)
            .max_count(1)
            .set_subnet_id(world.network.private_subnets.first().map(|subnet| subnet.id.clone()))
            .security_group_ids(known.id(SECURITY))
            .key_name(&world.network.key_pair.name)
            .iam_instance_profile(profile)
            .metadata_options(metadata.build())
            .set_block_device_mappings((!classic).then(|| vec![root.build()]))
            .user_data(encoded(&world.recipe.script()))
            .tag_specifications(tagging::specification(ResourceType::Instance, &tags))
            .tag_specifications(tagging::specification(ResourceType::Volume, &of_volume))
            .send()
            .await
            .during("RunInstances")
            .map_err(|error| {
                let what = format!("cannot start the instance {name} ({})", world.place());
                classic::advise(error.context(what), &world.wish)
            })?;
        let instance = answer.instances.unwrap_or_default().pop();
        instance
            .and_then(|instance| instance.instance_id)
            .ok_or_else(|| Error::new(Exit::Refused, "RunInstances: no instance in the answer"))
    }

    /// What the instance tells of its installation.
    async fn look(&self, id: &str) -> Result<Seen<String>> {
        let (bucket, key) = (&self.world.recipe.bucket, format!("{PREFIX}ready-{id}"));
        let request = self.world.clients.s3.get_object().bucket(bucket).key(&key);
        let cannot = || format!("cannot read s3://{bucket}/{key}");
        match request.send().await.during("GetObject") {
            Ok(answer) => {
                let text = answer
                    .body
                    .collect()
                    .await
                    .map_err(|error| Error::new(Exit::Temporary, cannot()).caused_by(&error))?;
                Ok(Seen::Ready(String::from_utf8_lossy(&text.into_bytes()).into_owned()))
            }
            Err(error) if error.is_not_found() => self.alive(id).await,
            Err(error) => Err(error.context(cannot())),
        }
    }

    async fn alive(&self, id: &str) -> Result<Seen<String>> {
        let request = self.world.clients.ec2.describe_instances().instance_ids(id);
        let answer = match request.send().await.during("DescribeInstances") {
            Err(error) if error.is_not_found() => return Ok(Seen::Missing),
            answer => answer.explain(|| format!("cannot look at {id} ({})", self.world.place()))?,
        };
        let mut all = answer
            .reservations
            .unwrap_or_default()
            .into_iter()
            .flat_map(|r| r.instances.unwrap_or_default());
        let Some(instance) = all.next() else {
            return Ok(Seen::Missing);
        };
        let state = instance.state.and_then(|state| state.name);
        match state {
            Some(InstanceStateName::Pending) => Ok(Seen::Pending("pending".to_owned())),
            Some(InstanceStateName::Running) => Ok(Seen::Pending("installing".to_owned())),
            state => {
                let state = state.map_or("gone".to_owned(), |state| state.as_str().to_owned());
                let what = format!("{id} is {state} before the worker was installed");
                let why = instance.state_reason.and_then(|reason| reason.message);
                Err(Error::new(Exit::Failed, what)
                    .because(why.unwrap_or("no reason is told".to_owned())))
            }
        }
    }
}

/// As the API takes user data.
fn encoded(text: &str) -> String {
    aws_smithy_types::base64::encode(text)
}

/// All first instances of the team that are not on their way out.
pub async fn instances(world: &World) -> Result<Vec<Instance>> {
    described(world, tagging::filters(&world.team, MASTER), &world.names.master).await
}

pub async fn terminate(world: &World, ids: &[&str]) -> Result<()> {
    let ids: Vec<_> = ids.iter().map(|id| (*id).to_owned()).collect();
    let cannot = || format!("cannot terminate {} ({})", ids.join(", "), world.place());
    let request = world.clients.ec2.terminate_instances().set_instance_ids(Some(ids.clone()));
    request.send().await.during("TerminateInstances").explain(cannot).map(drop)
}
