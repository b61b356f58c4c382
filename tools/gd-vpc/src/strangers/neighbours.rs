//! What in the VPC is gd-fleet's: the workers, their group, and what their image is made of.

use std::collections::BTreeSet;

use lib_common::record::Fleet;
use lib_common::team::{RESOURCE, TEAM, Team};

use super::Thing;
use crate::site::tag;

/// EC2 Auto Scaling writes it in the call that starts an instance, and nobody else can: keys that
/// begin with `aws:` are AWS's own (EC2 User Guide, "Tag restrictions").
const SCALED_BY: &str = "aws:autoscaling:groupName";

/// What gd-fleet calls the security group of the workers.
const SECURITY: &str = "workers-security-group";
/// What it calls the instance that the workers' image is made of. There is one for minutes; one
/// that serves no image is a finding of gd-fleet's.
const MASTER: &str = "master";
/// What it calls the group that starts the workers, which passes its tags on to them.
const GROUP: &str = "worker-group";

/// What gd-fleet makes. Anybody can write the tags that say so: where the record says which one
/// it is, no tag counts.
pub struct Neighbours {
    team: Team,
    /// The ids of all that gd-fleet sealed.
    sealed: BTreeSet<String>,
    /// The name of the group that starts the workers, once there is one in the record.
    group: Option<String>,
}

impl Neighbours {
    /// Those of the record; without a fleet in it, those of one that is only being built.
    pub fn new(team: &Team, fleet: Option<Fleet>) -> Self {
        let seals = fleet.iter().flat_map(|fleet| &fleet.resources.0);
        let sealed = seals.map(|seal| seal.id.clone()).collect();
        Self { team: team.clone(), sealed, group: fleet.map(|fleet| fleet.group) }
    }

    /// Those of the things of one kind that are nobody's.
    pub(super) fn strangers(&self, things: Vec<Thing>) -> Vec<Thing> {
        let stands = things.iter().any(|thing| self.sealed.contains(&thing.id));
        things.into_iter().filter(|thing| !self.made(thing, stands)).collect()
    }

    /// Whether gd-fleet made it. Once the sealed one of its kind is gone, another may have
    /// taken its place since the seal: whether it is a good one, gd-fleet tells.
    fn made(&self, thing: &Thing, the_sealed_stands: bool) -> bool {
        if self.sealed.contains(&thing.id) {
            return true;
        }
        let is_called = |name| {
            tag(&thing.tags, TEAM) == Some(self.team.as_str())
                && tag(&thing.tags, RESOURCE) == Some(name)
        };
        match (thing.kind, tag(&thing.tags, SCALED_BY), &self.group) {
            ("security group", ..) => !the_sealed_stands && is_called(SECURITY),
            ("instance", Some(by), Some(group)) => by == group,
            ("instance", Some(_), None) => is_called(GROUP),
            ("instance", None, _) => is_called(MASTER),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::Tag;
    use serde_json::{Value, json};

    use super::*;

    fn thing(kind: &'static str, id: &str, tags: &[(&str, &str)]) -> Thing {
        let tags: Vec<_> = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(*key).value(*value).build())
            .collect();
        Thing::new(kind, Some(id), &tags, Value::Null)
    }

    /// Of the team `red`, called this.
    fn of_team(kind: &'static str, id: &str, name: &str) -> Thing {
        thing(kind, id, &[(TEAM, "red"), (RESOURCE, name), ("ail:tool", "gd-fleet")])
    }

    fn neighbours(fleet: Option<Value>) -> Neighbours {
        let fleet = fleet.map(|fleet| serde_json::from_value(fleet).expect("a fleet"));
        Neighbours::new(&"red".parse().expect("a team"), fleet)
    }

    fn with_fleet() -> Neighbours {
        neighbours(Some(json!({
            "role": "B", "instance_profile": "B", "security_group": "sg-1", "image": "ami-1",
            "group": "worker-group-red", "policies": {}, "alarms": {},
            "wish": {"worker": "0", "instance_type": "t3.micro", "min": 1, "max": 2},
            "resources": [
                {"name": SECURITY, "kind": "security group", "id": "sg-1"},
                {"name": "worker-image", "kind": "image", "id": "ami-1"},
            ],
        })))
    }

    fn ids(neighbours: &Neighbours, things: Vec<Thing>) -> Vec<String> {
        neighbours.strangers(things).into_iter().map(|thing| thing.id).collect()
    }

    #[test]
    fn the_sealed_group_is_known_whatever_its_tags_say_and_no_other_is() {
        let (bare, forged) =
            (thing("security group", "sg-1", &[]), of_team("security group", "sg-2", SECURITY));
        assert_eq!(ids(&with_fleet(), vec![bare, forged]), ["sg-2"]);
    }

    #[test]
    fn a_group_that_took_the_place_of_the_sealed_one_is_gd_fleets_to_judge() {
        let groups = || {
            vec![
                of_team("security group", "sg-2", SECURITY),
                of_team("security group", "sg-3", GROUP),
                thing("security group", "sg-4", &[(TEAM, "blue"), (RESOURCE, SECURITY)]),
            ]
        };
        assert_eq!(ids(&with_fleet(), groups()), ["sg-3", "sg-4"]);
        assert_eq!(ids(&neighbours(None), groups()), ["sg-3", "sg-4"], "a fleet being built");
    }

    #[test]
    fn a_worker_is_known_by_what_only_its_group_can_write() {
        let workers = || {
            vec![
                thing("instance", "i-1", &[(SCALED_BY, "worker-group-red")]),
                thing("instance", "i-2", &[(SCALED_BY, "worker-group-blue")]),
                of_team("instance", "i-3", GROUP),
                of_team("instance", "i-4", MASTER),
                of_team("instance", "i-5", SECURITY),
            ]
        };
        assert_eq!(ids(&with_fleet(), workers()), ["i-2", "i-3", "i-5"]);
    }

    #[test]
    fn without_a_fleet_in_the_record_a_worker_is_the_teams_and_of_a_group() {
        let both = [(SCALED_BY, "worker-group-red"), (TEAM, "red"), (RESOURCE, GROUP)];
        let workers = vec![
            thing("instance", "i-1", &both),
            thing("instance", "i-2", &both[..1]),
            of_team("instance", "i-3", GROUP),
        ];
        assert_eq!(ids(&neighbours(None), workers), ["i-2", "i-3"]);
    }

    #[test]
    fn the_teams_tags_hide_nothing_of_another_kind() {
        for kind in ["subnet", "route table", "network interface", "endpoint", "nat gateway"] {
            for name in [SECURITY, MASTER, GROUP, "private-subnet", "input"] {
                let forged = vec![of_team(kind, "x-1", name)];
                assert_eq!(ids(&with_fleet(), forged), ["x-1"], "{kind} {name}");
            }
        }
    }
}
