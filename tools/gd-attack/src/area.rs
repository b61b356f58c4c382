//! All attacks, a module a part of the architecture.

mod alarms;
mod bucket;
mod iam;
mod instances;
mod launch;
mod network;
mod queues;
mod routes;
mod scaling;
mod steering;
mod strangers;
mod tags;

use crate::attack::{Area, Attack};

/// All of them, in the order in which `list` tells them.
pub fn all() -> impl Iterator<Item = (Area, Attack)> {
    [
        (Area::Network, network::ATTACKS),
        (Area::Network, routes::ATTACKS),
        (Area::Network, strangers::ATTACKS),
        (Area::Instances, instances::ATTACKS),
        (Area::Launch, launch::ATTACKS),
        (Area::Scaling, scaling::ATTACKS),
        (Area::Scaling, steering::ATTACKS),
        (Area::Iam, iam::ATTACKS),
        (Area::Queues, queues::ATTACKS),
        (Area::Bucket, bucket::ATTACKS),
        (Area::Alarms, alarms::ATTACKS),
        (Area::Tags, tags::ATTACKS),
    ]
    .into_iter()
    .flat_map(|(area, attacks)| attacks.iter().map(move |attack| (area, *attack)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;

    #[test]
    fn each_has_a_name_of_its_own_and_says_what_it_does() {
        let names: BTreeSet<_> = all().map(|(_, attack)| attack.name).collect();
        assert_eq!(names.len(), all().count());
        for (_, attack) in all() {
            let texts = [attack.does, attack.symptom, attack.mend];
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", attack.name);
            assert!(attack.mend.contains(':'), "{}: {}", attack.name, attack.mend);
        }
    }
}
