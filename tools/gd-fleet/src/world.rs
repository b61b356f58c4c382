//! What every part of a fleet knows: the services, the names, and what it stands on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use lib_common::reconcile::{Found, Key, Seals};
use lib_common::record::{Fleet, FleetWish, Network, Queues};
use lib_common::tags::Tags;
use lib_common::team::{RESOURCE, TEAM, Team};
use lib_common::{Context, Error, Exit, Record, Result};

use crate::clients::Clients;
use crate::made::Made;
use crate::names::Names;
use crate::resources::IMAGE;
use crate::user_data::{self, Recipe};

/// The hook at which a worker drains.
pub const HOOK: &str = "drain";

/// Shared by all parts of a fleet.
pub struct World {
    pub context: Context,
    pub clients: Clients,
    pub team: Team,
    pub names: Names,
    pub network: Network,
    pub queues: Queues,
    pub wish: FleetWish,
    pub recipe: Recipe,
    /// What an earlier run left in the record.
    pub seals: Seals,
    /// The image that is sealed and of another recipe: that of this recipe takes its place.
    pub former: Option<String>,
    /// The worker's binary on this machine.
    pub worker: PathBuf,
    pub made: Made,
}

impl World {
    /// From the record, with this wish. Nothing but the configuration is read.
    pub async fn new(
        context: &Context,
        record: &mut Record,
        team: Team,
        wish: FleetWish,
        worker: PathBuf,
    ) -> Result<Arc<Self>> {
        let network: Network = record.require()?;
        let queues: Queues = record.require()?;
        let seals = record.get::<Fleet>()?.map(|fleet| fleet.resources).unwrap_or_default();
        if network.private_subnets.is_empty() {
            return Err(Error::new(Exit::BadInput, "the record's network has no private subnet"));
        }
        let clients = Clients::new(context.aws(record).await?);
        // The hook and the group stand in the image, and the image's name in their hash.
        let group = Names::new(&team, "00000000").group;
        let recipe = Recipe {
            worker: wish.worker.clone(),
            source: wish.source.as_ref().map(|source| source.id.clone()).unwrap_or_default(),
            bucket: queues.bucket.name.clone(),
            environment: user_data::environment(&clients.region, &queues, &wish),
            group,
            hook: (!wish.classic).then(|| HOOK.to_owned()),
        };
        let names = Names::new(&team, &recipe.hash());
        let former = former_image(&seals, &names.image);
        Ok(Arc::new(Self {
            context: context.clone(),
            clients,
            team,
            names,
            network,
            queues,
            wish,
            recipe,
            seals,
            former,
            worker,
            made: Made::default(),
        }))
    }

    /// The tags of something new.
    pub fn tags(&self, resource: &str, name: &str) -> Tags {
        self.team.tags(&self.context, resource, name)
    }

    /// What to say after "cannot … the KIND NAME".
    pub fn place(&self) -> &str {
        &self.clients.region
    }

    /// Whether what was found by its name alone is what was looked for, where a name is of
    /// one thing only: by its tags, its sealed id, or as the thing of this name, which must
    /// not be a stranger's.
    pub fn claim(
        &self,
        key: Key<'_>,
        kind: &str,
        resource: &str,
        seen: Option<(Found, BTreeMap<String, String>)>,
    ) -> Result<Vec<Found>> {
        let Some((found, tags)) = seen else {
            return Ok(Vec::new());
        };
        let tag = |key: &str| tags.get(key).map(String::as_str);
        let ours = tag(TEAM) == Some(self.team.as_str());
        let it = match key {
            Key::Tags => ours && tag(RESOURCE) == Some(resource),
            Key::Id(id) => found.id == id,
            Key::Nature => match (tag(TEAM), self.seals.get(resource)) {
                (None, None) => return Err(self.taken(kind, &found, "it has no tag gd:team")),
                (Some(team), _) if !ours => {
                    return Err(self.taken(kind, &found, &format!("it is of the team {team}")));
                }
                _ => true,
            },
        };
        Ok(if it { vec![found] } else { Vec::new() })
    }

    fn taken(&self, kind: &str, found: &Found, why: &str) -> Error {
        Error::new(
            Exit::Exists,
            format!("the name of the {kind} is taken by {} ({})", found.id, self.place()),
        )
        .because(why)
        .next("remove it, or choose another team with --team")
    }
}

/// The id of the sealed image, where that has not this name.
fn former_image(seals: &Seals, name: &str) -> Option<String> {
    let sealed = seals.get(IMAGE)?;
    (sealed.facts.get("name") != Some(&name.into())).then(|| sealed.id.clone())
}
