//! The image that workers start from. It is named by the hash of what goes into it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, Image as Described, ImageState, ResourceType};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Seals, Severity, Wrong,
};
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::{IMAGE, MASTER, Scaffold, facts, leftovers, sharing};
use crate::source;
use crate::tagging::{self, filter};
use crate::world::World;

/// As for `ail-ami create`: the first snapshot of some GiB takes 5 to 20 minutes.
const FIT: Duration = Duration::from_secs(60 * 60);

/// What EC2 says of an image that was there (EC2 User Guide, "Error codes").
const DEREGISTERED: &str = "InvalidAMIID.Unavailable";

/// The snapshots that an image names.
const MADE_OF: &str = "made_of";

pub struct Image {
    pub world: Arc<World>,
    pub scaffold: Scaffold,
}

/// Whether the image of this recipe is there whole, or on its way.
///
/// Of one name there is one image at a time. One that is not the sealed one is somebody's, who
/// deregistered that or foresaw the recipe: nobody knows what is in it.
pub async fn is_there(world: &Arc<World>, seals: &Seals) -> Result<bool> {
    let image = Image { world: world.clone(), scaffold: Scaffold::Without };
    let by_name = vec![filter("name", &world.names.image)];
    let Some(it) = image.described(by_name).await?.pop() else {
        return Ok(false);
    };
    let id = it.image_id.clone().unwrap_or_default();
    let is_other = seals.get(IMAGE).is_some_and(|sealed| sealed.id != id);
    if is_other || it.state == Some(ImageState::Pending) {
        return Ok(!is_other);
    }
    let facts = sharing::seen(world, &it).await?;
    Ok(facts["snapshots"] == facts["made_of"])
}

#[async_trait]
impl Resource for Image {
    fn name(&self) -> &str {
        IMAGE
    }

    fn kind(&self) -> &'static str {
        "image"
    }

    fn needs(&self) -> Vec<String> {
        match self.scaffold {
            Scaffold::With | Scaffold::Remains => vec![MASTER.to_owned()],
            Scaffold::Without => Vec::new(),
        }
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let filters = match key {
            Key::Tags => tagging::filters(&self.world.team, IMAGE),
            Key::Id(id) => vec![filter("image-id", id)],
            // The hash in its name stands for its content, the team for its owner.
            Key::Nature => vec![filter("name", &self.world.names.image)],
        };
        let mut images = self.described(filters).await?;
        if let (Key::Tags, Some(former)) = (key, &self.world.former) {
            images = self.with_former(images, former).await?;
        }
        // The one to be replaced first, then that of the recipe, then the newest.
        images.sort_by_key(|image| {
            let is_former = image.image_id == self.world.former;
            (!is_former, !self.is_of_recipe(image), std::cmp::Reverse(image.creation_date.clone()))
        });
        let mut all = Vec::new();
        for (place, image) in images.into_iter().enumerate() {
            let left = match place {
                0 if image.state == Some(ImageState::Available) => {
                    leftovers::seen(&self.world, &image).await?
                }
                _ => Vec::new(),
            };
            all.push(self.seen(image, left).await?);
        }
        Ok(all)
    }

    fn wish(&self, known: &Known) -> Facts {
        let name = &self.world.names.image;
        let mut wish = facts(json!({
            "tags": self.world.team.wish(IMAGE, name),
            "name": name,
            "disabled": false,
            "deprecated": null,
            "left": [],
        }));
        wish.extend(sharing::wish(known.fact(IMAGE, MADE_OF)));
        wish
    }

    fn mends(&self, fact: &str) -> bool {
        !["name", "snapshots"].contains(&fact)
    }

    /// What is in an image, only those know who made it.
    fn is_known_by(&self, fact: &str) -> bool {
        ["id", MADE_OF].contains(&fact)
    }

    fn is_dangerous(&self, difference: &Difference) -> bool {
        ["public", "shared", "snapshots_shared"].contains(&difference.fact.as_str())
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            Wrong::Identity => Severity::Critical,
            Wrong::Fact(_, difference) => match difference.fact.as_str() {
                "tags" | "left" | "deprecated" => Severity::Low,
                "disabled" | "snapshots" => Severity::Critical,
                _ => Severity::High,
            },
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:CreateImage"),
            Call::Delete => Some("ec2:DeregisterImage"),
            Call::Remove(_) => None,
            Call::Mend(difference) => Some(match difference.fact.as_str() {
                "tags" => "ec2:CreateTags",
                "disabled" => "ec2:EnableImage",
                "deprecated" => "ec2:DisableImageDeprecation",
                "snapshots_shared" => "ec2:ModifySnapshotAttribute",
                "left" => leftovers::call(&texts(&difference.found)),
                _ => "ec2:ModifyImageAttribute",
            }),
        }
    }

    fn coexists(&self) -> bool {
        true
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let (world, name, master) = (&self.world, &self.world.names.image, known.id(MASTER));
        let those = self.described(vec![filter("name", name)]).await?;
        if self.scaffold == Scaffold::Without {
            // Whoever builds takes it: a run that was killed made it.
            let it = those.into_iter().next().ok_or_else(|| {
                Error::new(Exit::Temporary, format!("the image {name} was there a moment ago"))
            })?;
            return self.seen(it, Vec::new()).await;
        }
        // Two cannot have one name: whatever has it now is what this one takes the place of.
        for other in those {
            let id = other.image_id.unwrap_or_default();
            let request = world.clients.ec2.deregister_image().image_id(&id);
            let request = request.delete_associated_snapshots(true);
            let cannot = || format!("cannot deregister {id} ({})", world.place());
            request.send().await.during("DeregisterImage").explain(cannot)?;
        }
        let mut tags = world.tags(IMAGE, name);
        if let Some(source) = &world.wish.source {
            tags = source::tagged(tags, source);
        }
        let answer = world
            .clients
            .ec2
            .create_image()
            .instance_id(&master)
            .name(name)
            .description(format!("Worker of the GameDay team {}", world.team))
            .tag_specifications(tagging::specification(ResourceType::Image, &tags))
            .tag_specifications(tagging::specification(ResourceType::Snapshot, &tags))
            .send()
            .await
            .during("CreateImage")
            .explain(|| format!("cannot make the image {name} of {master} ({})", world.place()))?;
        let id = answer
            .image_id
            .ok_or_else(|| Error::new(Exit::Refused, "CreateImage: no id in the answer"))?;
        let mut facts = self.wish(known);
        facts.insert("state".to_owned(), Value::from("pending"));
        Ok(Found { id, facts })
    }

    async fn ready(&self, found: Found, task: &Task) -> Result<Found> {
        if found.facts["state"] != "pending" {
            return Ok(found);
        }
        let what = format!("{} to be available", found.id);
        let image = Waiter::new(what, self.world.context.timeout(FIT))
            .until(task, || self.look(&found.id))
            .await?;
        // What it was made with has served.
        leftovers::strike(&self.world, &leftovers::seen(&self.world, &image).await?).await?;
        let sharing = sharing::seen(&self.world, &image).await?;
        Ok(self::found(image, Vec::new(), sharing))
    }

    async fn mend(&self, found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        let ec2 = &self.world.clients.ec2;
        for one in differences {
            let cannot =
                || format!("cannot set {} of {} ({})", one.fact, found.id, self.world.place());
            match one.fact.as_str() {
                "left" => leftovers::strike(&self.world, &texts(&one.found)).await?,
                "public" => {
                    let all = ["all".to_owned()];
                    sharing::withdraw(&self.world, &found.id, &all).await.explain(cannot)?;
                }
                "shared" => {
                    let those = texts(&one.found);
                    sharing::withdraw(&self.world, &found.id, &those).await.explain(cannot)?;
                }
                "snapshots_shared" => {
                    let (ids, those) = (texts(&found.facts[MADE_OF]), texts(&one.found));
                    let withdrawn = sharing::withdraw_snapshots(&self.world, &ids, &those);
                    withdrawn.await.explain(cannot)?;
                }
                "disabled" => {
                    let request = ec2.enable_image().image_id(&found.id);
                    request.send().await.during("EnableImage").explain(cannot)?;
                }
                "deprecated" => {
                    let request = ec2.disable_image_deprecation().image_id(&found.id);
                    request.send().await.during("DisableImageDeprecation").explain(cannot)?;
                }
                _ => {
                    let tags = tagging::ec2(&tagging::wished(one));
                    let request = ec2.create_tags().resources(&found.id).set_tags(Some(tags));
                    request.send().await.during("CreateTags").explain(cannot)?;
                }
            }
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        leftovers::strike(&self.world, &texts(&found.facts["left"])).await?;
        let request = self.world.clients.ec2.deregister_image().image_id(&found.id);
        let cannot = || format!("cannot deregister {} ({})", found.id, self.world.place());
        let request = request.delete_associated_snapshots(true);
        match request.send().await.during("DeregisterImage") {
            // It had to go before another one could have its name.
            Err(error) if error.code() == Some(DEREGISTERED) => Ok(()),
            answer => answer.explain(cannot).map(drop),
        }
    }
}

impl Image {
    /// Own images that are there or on their way.
    async fn described(&self, mut filters: Vec<Filter>) -> Result<Vec<Described>> {
        let mut states = filter("state", "available");
        let names = ["available", "pending", "disabled"].map(str::to_owned);
        states.values = Some(names.into());
        filters.push(states);
        let request = self.world.clients.ec2.describe_images().owners("self");
        let request = request.include_disabled(true);
        let mut pages = request.set_filters(Some(filters)).into_paginator().items().send();
        let mut images = Vec::new();
        while let Some(image) = pages.next().await {
            images.push(image.during("DescribeImages").explain(|| {
                let (name, place) = (&self.world.names.image, self.world.place());
                format!("cannot look for the image {name} ({place})")
            })?);
        }
        Ok(images)
    }

    /// As it is, with what else there is of its making.
    async fn seen(&self, image: Described, left: Vec<String>) -> Result<Found> {
        let sharing = match image.state {
            Some(ImageState::Pending) => sharing::wish(Value::Null),
            _ => sharing::seen(&self.world, &image).await?,
        };
        Ok(found(image, left, sharing))
    }

    fn is_of_recipe(&self, image: &Described) -> bool {
        image.name.as_deref() == Some(&self.world.names.image)
    }

    /// These images and the one to be replaced, whatever its tags. As long as that is there, the
    /// one of the recipe waits for its place, which [`Resource::create`] gives it.
    async fn with_former(&self, mut images: Vec<Described>, id: &str) -> Result<Vec<Described>> {
        let is_it = |image: &Described| image.image_id.as_deref() == Some(id);
        if !images.iter().any(is_it) {
            images.extend(self.described(vec![filter("image-id", id)]).await?);
        }
        let waits = self.scaffold != Scaffold::Remains && images.iter().any(is_it);
        images.retain(|image| !(waits && self.is_of_recipe(image)));
        Ok(images)
    }

    async fn look(&self, id: &str) -> Result<Seen<Described>> {
        let request = self.world.clients.ec2.describe_images().image_ids(id);
        let image = match request.send().await.during("DescribeImages") {
            Err(error) if error.is_not_found() => None,
            answer => answer
                .explain(|| format!("cannot look at {id} ({})", self.world.place()))?
                .images
                .unwrap_or_default()
                .pop(),
        };
        let Some(image) = image else {
            return Ok(Seen::Missing);
        };
        match &image.state {
            Some(ImageState::Available) => Ok(Seen::Ready(image)),
            Some(ImageState::Pending | ImageState::Transient) => {
                Ok(Seen::Pending("pending".to_owned()))
            }
            state => {
                let state = state.as_ref().map_or("gone", ImageState::as_str);
                let why = image.state_reason.as_ref().and_then(|reason| reason.message.clone());
                Err(Error::new(Exit::Failed, format!("the image {id} is {state}"))
                    .because(why.unwrap_or("EC2 gives no reason".to_owned()))
                    .next("deregister it, then run the same command again"))
            }
        }
    }
}

fn found(image: Described, left: Vec<String>, sharing: Facts) -> Found {
    let told = json!({
        "tags": tagging::fact(&tagging::of_ec2(image.tags)),
        "name": image.name,
        "disabled": image.state == Some(ImageState::Disabled),
        "deprecated": image.deprecation_time,
        "left": left,
        // Whether it is there yet; that it cannot be used is told above.
        "state": if image.state == Some(ImageState::Pending) { "pending" } else { "available" },
        "root_device": image.root_device_name,
        "made": image.creation_date,
    });
    let mut told = facts(told);
    told.extend(sharing);
    Found { id: image.image_id.unwrap_or_default(), facts: told }
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}
