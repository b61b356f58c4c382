//! The launch template of the workers. Its default version is the one in force.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use aws_sdk_ec2::types::{LaunchTemplate, LaunchTemplateVersion, ResourceType};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Strangers, Wrong,
};
use lib_common::{Error, Exit, Result};
use serde_json::{Value, json};

use super::{IMAGE, PROFILE, SECURITY, TEMPLATE, facts, launch};
use crate::tagging;
use crate::world::World;

/// What a stranger is, as its fact `kind` says.
const VERSION: &str = "version";

/// How EC2 says that somebody else was quicker.
const NO_VERSION: &str = "launchTemplateVersionDoesNotExist";

pub struct Template {
    world: Arc<World>,
    /// The version that was put in force by this run.
    put_in_force: Mutex<Option<String>>,
}

impl Template {
    pub fn new(world: Arc<World>) -> Self {
        Self { world, put_in_force: Mutex::new(None) }
    }
}

#[async_trait]
impl Resource for Template {
    fn name(&self) -> &str {
        TEMPLATE
    }

    fn kind(&self) -> &'static str {
        "launch template"
    }

    fn needs(&self) -> Vec<String> {
        [IMAGE, PROFILE, SECURITY].map(str::to_owned).into()
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let Some(template) = self.described().await? else {
            return self.world.claim(key, self.kind(), TEMPLATE, None);
        };
        let tags = tagging::of_ec2(template.tags.clone());
        let id = template.launch_template_id.unwrap_or_default();
        let version = template.default_version_number.unwrap_or(1).to_string();
        let data = self.versions(&id, Some(&version)).await?.pop();
        let told = json!({
            "tags": tagging::fact(&tags),
            "launch": launch::of(data.as_ref().and_then(|it| it.launch_template_data())),
            "version": version,
        });
        let found = Found { id, facts: facts(told) };
        self.world.claim(key, self.kind(), TEMPLATE, Some((found, tags)))
    }

    fn wish(&self, known: &Known) -> Facts {
        facts(json!({
            "tags": self.world.team.wish(TEMPLATE, &self.world.names.template),
            "launch": launch::wish(&self.world, known),
        }))
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let (world, name) = (&self.world, &self.world.names.template);
        let tags = world.tags(TEMPLATE, name);
        let answer = world
            .clients
            .ec2
            .create_launch_template()
            .launch_template_name(name)
            .launch_template_data(launch::request(world, known))
            .tag_specifications(tagging::specification(ResourceType::LaunchTemplate, &tags))
            .send()
            .await
            .during("CreateLaunchTemplate")
            .explain(|| format!("cannot create the launch template {name} ({})", world.place()))?;
        let id = answer.launch_template.and_then(|template| template.launch_template_id);
        let mut facts = self.wish(known);
        facts.insert("version".to_owned(), Value::from("1"));
        let id = id.ok_or_else(|| {
            Error::new(Exit::Refused, "CreateLaunchTemplate: no id in the answer")
        })?;
        Ok(Found { id, facts })
    }

    async fn ready(&self, mut found: Found, _task: &Task) -> Result<Found> {
        if let Some(version) = self.put_in_force.lock().expect("no panic").clone() {
            found.facts.insert("version".to_owned(), Value::from(version));
        }
        Ok(found)
    }

    async fn mend(&self, found: &Found, differences: &[Difference], known: &Known) -> Result<()> {
        let ec2 = &self.world.clients.ec2;
        for one in differences {
            let cannot = || {
                let place = self.world.place();
                format!("cannot set {} of the launch template {} ({place})", one.fact, found.id)
            };
            if one.fact == "tags" {
                let tags = tagging::ec2(&tagging::wished(one));
                let request = ec2.create_tags().resources(&found.id).set_tags(Some(tags));
                request.send().await.during("CreateTags").explain(cannot)?;
                continue;
            }
            let version = match self.version_that_starts(&found.id, &one.expected).await? {
                Some(version) => version,
                None => self.new_version(&found.id, known).await.explain(cannot)?,
            };
            ec2.modify_launch_template()
                .launch_template_id(&found.id)
                .default_version(&version)
                .send()
                .await
                .during("ModifyLaunchTemplate")
                .explain(cannot)?;
            *self.put_in_force.lock().expect("no panic") = Some(version);
            self.delete_strange_versions(&found.id, known).await.explain(cannot)?;
        }
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        let request = self.world.clients.ec2.delete_launch_template().launch_template_id(&found.id);
        let cannot =
            || format!("cannot delete the launch template {} ({})", found.id, self.world.place());
        request.send().await.during("DeleteLaunchTemplate").explain(cannot).map(drop)
    }

    /// Versions that nobody planned: whoever names one starts something else.
    async fn strangers(&self, found: &Found, known: &Known) -> Strangers {
        let versions = self.strange_versions(&found.id, known).await;
        let strangers = versions.map(|versions| {
            let others = versions.into_iter();
            let others = others.filter(|version| version.default_version != Some(true));
            let stranger = |version: LaunchTemplateVersion| {
                let number = version.version_number.unwrap_or_default();
                let data = launch::of(version.launch_template_data());
                Found {
                    id: format!("{} version {number}", found.id),
                    facts: facts(json!({
                        "kind": VERSION, "template": found.id, "number": number, "launch": data,
                    })),
                }
            };
            others.map(stranger).collect()
        });
        Strangers::listed("versions", strangers)
    }

    async fn remove_stranger(&self, stranger: &Found, _known: &Known) -> Result<()> {
        let template = stranger.facts["template"].as_str().unwrap_or_default();
        let numbers = vec![stranger.facts["number"].to_string()];
        let removed = self.delete_versions(template, numbers).await;
        removed.explain(|| format!("cannot delete {} ({})", stranger.id, self.world.place()))
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // The group names its version by number.
            Wrong::Fact(_, difference) if difference.fact != "tags" => Severity::High,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        Some(match call {
            Call::Create => "ec2:CreateLaunchTemplate",
            Call::Delete => "ec2:DeleteLaunchTemplate",
            Call::Remove(_) => "ec2:DeleteLaunchTemplateVersions",
            Call::Mend(difference) if difference.fact == "tags" => "ec2:CreateTags",
            Call::Mend(_) => "ec2:ModifyLaunchTemplate",
        })
    }
}

impl Template {
    async fn described(&self) -> Result<Option<LaunchTemplate>> {
        let name = &self.world.names.template;
        let request = self.world.clients.ec2.describe_launch_templates();
        match request.launch_template_names(name).send().await.during("DescribeLaunchTemplates") {
            Ok(answer) => Ok(answer.launch_templates.unwrap_or_default().pop()),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => {
                let place = self.world.place();
                Err(error.context(format!("cannot read the launch template {name} ({place})")))
            }
        }
    }

    /// One version, or all.
    async fn versions(
        &self,
        id: &str,
        version: Option<&str>,
    ) -> Result<Vec<LaunchTemplateVersion>> {
        versions(&self.world, id, version).await
    }

    /// Versions that differ from the wish in more than the image: one of a former image is no
    /// stranger.
    async fn strange_versions(
        &self,
        id: &str,
        known: &Known,
    ) -> Result<Vec<LaunchTemplateVersion>> {
        let wish = launch::wish(&self.world, known);
        let mut versions = self.versions(id, None).await?;
        versions.retain(|version| {
            let mut data = launch::of(version.launch_template_data());
            if data.is_object() {
                data["image"] = wish["image"].clone();
            }
            data != wish
        });
        Ok(versions)
    }

    /// Deletes the strange versions: one of them was in force.
    async fn delete_strange_versions(&self, id: &str, known: &Known) -> Result<()> {
        let strange = self.strange_versions(id, known).await?.into_iter();
        let numbers: Vec<_> = strange
            .filter_map(|version| version.version_number)
            .map(|number| number.to_string())
            .collect();
        if numbers.is_empty() {
            return Ok(());
        }
        self.delete_versions(id, numbers).await
    }

    async fn delete_versions(&self, id: &str, numbers: Vec<String>) -> Result<()> {
        let request = self.world.clients.ec2.delete_launch_template_versions();
        let request = request.launch_template_id(id).set_versions(Some(numbers));
        let answer = request.send().await.during("DeleteLaunchTemplateVersions")?;
        let left = answer.unsuccessfully_deleted_launch_template_versions.unwrap_or_default();
        let why = left
            .into_iter()
            .filter_map(|one| one.response_error)
            .find(|error| error.code.as_ref().map(|code| code.as_str()) != Some(NO_VERSION));
        match why.and_then(|error| error.message) {
            Some(why) => Err(Error::new(Exit::Refused, "a version was not deleted").because(why)),
            None => Ok(()),
        }
    }

    /// The number of a version that starts just this.
    async fn version_that_starts(&self, id: &str, launch: &Value) -> Result<Option<String>> {
        let all = self.versions(id, None).await?;
        let same = all.iter().find(|one| launch::of(one.launch_template_data()) == *launch);
        Ok(same.and_then(|one| one.version_number).map(|number| number.to_string()))
    }

    async fn new_version(&self, id: &str, known: &Known) -> Result<String> {
        let answer = self
            .world
            .clients
            .ec2
            .create_launch_template_version()
            .launch_template_id(id)
            .launch_template_data(launch::request(&self.world, known))
            .send()
            .await
            .during("CreateLaunchTemplateVersion")?;
        let number = answer.launch_template_version.and_then(|version| version.version_number);
        number.map(|number| number.to_string()).ok_or_else(|| {
            Error::new(Exit::Refused, "CreateLaunchTemplateVersion: no number in the answer")
        })
    }
}

/// One version of a template, or all of them.
pub async fn versions(
    world: &World,
    id: &str,
    version: Option<&str>,
) -> Result<Vec<LaunchTemplateVersion>> {
    let wanted = version.map(|version| vec![version.to_owned()]);
    let request = world.clients.ec2.describe_launch_template_versions().launch_template_id(id);
    let mut pages = request.set_versions(wanted).into_paginator().items().send();
    let mut versions = Vec::new();
    while let Some(version) = pages.next().await {
        match version.during("DescribeLaunchTemplateVersions") {
            Ok(version) => versions.push(version),
            Err(error)
                if error.is_not_found()
                    || error.code() == Some("InvalidLaunchTemplateId.VersionNotFound") =>
            {
                break;
            }
            Err(error) => {
                let place = world.place();
                return Err(
                    error.context(format!("cannot read the launch template {id} ({place})"))
                );
            }
        }
    }
    Ok(versions)
}
