//! What deeds change or go on from beside their targets.

use crate::attack::Attack;
use crate::attack::Target::{self, Alarm, Ec2, Profile};

/// By the attack's name. It has to be the team's as the target has, and no attack of one choice
/// may take away what another one uses.
const USES: &[(&str, &[Target])] = &[
    ("private-route-misled", &[Ec2("internet-gateway")]),
    ("private-route-added", &[Ec2("internet-gateway")]),
    ("public-route-added", &[Ec2("private-route-table"), Ec2("nat-instance")]),
    ("main-table-route-added", &[Ec2("internet-gateway")]),
    ("private-table-swapped", &[Ec2("public-route-table")]),
    ("nat-address-taken", &[Ec2("nat-instance")]),
    ("stranger-disguised", &[Ec2("workers-security-group")]),
    ("stranger-instance", &[Ec2("worker-image")]),
    ("nat-groups-swapped", &[Ec2("vpc")]),
    ("nat-profile-given", &[Profile]),
    ("group-version-moved", &[Ec2("launch-template")]),
    ("image-replaced", &[Ec2("nat-instance")]),
    ("group-moved-out", &[Ec2("public-subnet")]),
    // Alarms go with the last policy that they run (Auto Scaling API Reference,
    // DeleteAutoScalingGroup).
    ("group-deleted", &[Alarm("many-jobs"), Alarm("no-jobs")]),
    ("role-recreated", &[Profile]),
];

impl Attack {
    /// What its deed changes or goes on from, beside its target.
    pub fn uses(&self) -> &'static [Target] {
        let own = USES.iter().find(|(name, _)| *name == self.name);
        own.map(|(_, uses)| *uses).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::USES;
    use crate::area;

    #[test]
    fn each_is_of_an_attack_and_is_not_its_target() {
        for (name, uses) in USES {
            let attack = area::all().map(|(_, attack)| attack).find(|attack| attack.name == *name);
            let attack = attack.unwrap_or_else(|| panic!("there is no attack {name}"));
            assert!(!uses.is_empty() && !uses.contains(&attack.target), "{name}");
            assert_eq!(attack.uses(), *uses, "{name} is there twice");
        }
    }
}
