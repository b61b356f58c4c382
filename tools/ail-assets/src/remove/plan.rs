//! In which order assets go, and how that is told beforehand.

use std::collections::HashMap;

use lib_common::asset::{Asset, Kind, Location};

/// S3 API Reference, DeleteObjects: at most 1000 keys a call.
const KEYS_A_CALL: usize = 1000;

/// What goes before what. Stacks take most of the rest with them, an active export holds its
/// image and still writes, instances hold volumes and groups, images hold snapshots.
const WAVES: [&[Kind]; 4] = [
    &[Kind::Stack, Kind::ExportTask],
    &[Kind::Instance],
    &[
        Kind::Image,
        Kind::Volume,
        Kind::SecurityGroup,
        Kind::KeyPair,
        Kind::KeyFile,
        Kind::Object,
        Kind::Upload,
    ],
    &[Kind::Snapshot],
];

/// What one call, or one wait, removes.
#[derive(Debug, PartialEq)]
pub enum Job {
    /// One asset.
    One(Box<Asset>),
    /// Objects of one bucket, no more than one call takes.
    Objects(Vec<(Location, Asset)>),
}

/// The jobs in their order: each wave begins when the one before has ended.
pub fn waves(assets: Vec<Asset>) -> Vec<Vec<Job>> {
    let mut waves: Vec<Vec<Asset>> = WAVES.iter().map(|_| Vec::new()).collect();
    for asset in assets {
        let wave = WAVES.iter().position(|kinds| kinds.contains(&asset.kind));
        waves[wave.expect("every kind has its wave")].push(asset);
    }
    waves.into_iter().filter(|wave| !wave.is_empty()).map(jobs).collect()
}

fn jobs(assets: Vec<Asset>) -> Vec<Job> {
    let (mut jobs, mut objects) = (Vec::new(), HashMap::<String, Vec<_>>::new());
    for asset in assets {
        match (asset.kind, asset.id.parse::<Location>()) {
            (Kind::Object, Ok(at)) => {
                objects.entry(at.bucket.clone()).or_default().push((at, asset));
            }
            _ => jobs.push(Job::One(Box::new(asset))),
        }
    }
    for mut of_bucket in objects.into_values() {
        while !of_bucket.is_empty() {
            let rest = of_bucket.split_off(of_bucket.len().min(KEYS_A_CALL));
            jobs.push(Job::Objects(std::mem::replace(&mut of_bucket, rest)));
        }
    }
    jobs
}

/// The plan as `--dry-run` prints it, a line an asset.
pub fn sentences(assets: &[Asset]) -> String {
    let ordered = WAVES
        .iter()
        .flat_map(|kinds| kinds.iter())
        .flat_map(|kind| assets.iter().filter(move |asset| asset.kind == *kind));
    ordered.map(|asset| format!("would {}\n", sentence(asset, assets))).collect()
}

fn sentence(asset: &Asset, all: &[Asset]) -> String {
    let label = asset.label();
    let label = match asset.name.as_deref() {
        Some(name) if !label.contains(name) => format!("{label} ({name})"),
        _ => label,
    };
    let with = all.iter().find(|other| {
        asset.part_of.as_deref().is_some_and(|whole| whole == other.short_id())
            && matches!(other.kind, Kind::Stack | Kind::Instance)
    });
    let with = with.map(|other| format!(", with {}", other.label())).unwrap_or_default();
    match asset.kind {
        Kind::Instance => format!("terminate {label}{with}"),
        Kind::Image => format!("deregister {label} and delete its snapshots"),
        Kind::ExportTask if asset.state == super::tasks::COMPLETED => {
            format!("untag {label}, which EC2 forgets by itself")
        }
        Kind::ExportTask => format!("cancel {label}"),
        Kind::Upload => format!("abort {label}"),
        _ => format!("delete {label}{with}"),
    }
}

/// The plan in one clause, for the question before it runs.
pub fn summary(assets: &[Asset], region: &str) -> String {
    let counts = Kind::ALL.into_iter().filter_map(|kind| {
        match assets.iter().filter(|asset| asset.kind == kind).count() {
            0 => None,
            1 => Some(format!("1 {}", kind.noun())),
            n => Some(format!("{n} {}s", kind.noun())),
        }
    });
    format!("remove {} ({region})", counts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(kind: Kind, id: &str, part_of: Option<&str>) -> Asset {
        Asset { part_of: part_of.map(str::to_owned), ..Asset::new(kind, id) }
    }

    #[test]
    fn every_kind_has_its_wave_and_holders_go_first() {
        let one_of_each = Kind::ALL.map(|kind| asset(kind, "s3://b/k", None)).to_vec();
        let waves = waves(one_of_each);
        assert_eq!(waves.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 7, 1]);
        assert!(matches!(&waves[3][0], Job::One(asset) if asset.kind == Kind::Snapshot));
    }

    #[test]
    fn objects_go_by_the_thousand_and_by_bucket() {
        let object =
            |bucket: &str, n: usize| asset(Kind::Object, &format!("s3://{bucket}/{n}"), None);
        let mut assets: Vec<_> = (0..2100).map(|n| object("a", n)).collect();
        assets.push(object("b", 0));
        let mut sizes: Vec<_> = waves(assets)[0]
            .iter()
            .map(|job| match job {
                Job::Objects(batch) => batch.len(),
                Job::One(asset) => panic!("alone: {asset:?}"),
            })
            .collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 100, 1000, 1000]);
    }

    #[test]
    fn the_plan_is_told_in_the_order_in_which_it_runs() {
        let mut stack = asset(Kind::Stack, "arn:…", None);
        stack.name = Some("ail-ec2-1".to_owned());
        let mut image = asset(Kind::Image, "ami-1", None);
        image.name = Some("ail-1".to_owned());
        let assets = [
            asset(Kind::Snapshot, "snap-1", None),
            image,
            asset(Kind::Instance, "i-1", Some("ail-ec2-1")),
            stack,
        ];
        assert_eq!(
            sentences(&assets),
            "would delete stack ail-ec2-1\n\
             would terminate instance i-1, with stack ail-ec2-1\n\
             would deregister image ami-1 (ail-1) and delete its snapshots\n\
             would delete snapshot snap-1\n"
        );
        assert_eq!(
            summary(&assets, "eu-central-1"),
            "remove 1 stack, 1 instance, 1 image, 1 snapshot (eu-central-1)"
        );
    }
}
