//! What is tagged.

use lib_common::asset::{Asset, Kind, Location};
use lib_common::record::{Exports, Image, Instance, KeyPair, Stack};
use lib_common::{Record, Result};

/// One thing that can carry tags.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// What it is, for people.
    pub asset: Asset,
    /// Which call tags it.
    pub place: Place,
}

/// Where the tags of a thing are kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// With EC2, by id.
    Ec2,
    /// With CloudFormation, by ARN or name.
    Stack,
    /// With S3.
    Object(Location),
}

impl Thing {
    /// The thing of a line; a key file and an upload cannot carry tags.
    pub fn new(asset: Asset) -> Result<Option<Self>> {
        let place = match asset.kind {
            Kind::Stack => Place::Stack,
            Kind::Object => Place::Object(asset.id.parse()?),
            Kind::KeyFile | Kind::Upload => return Ok(None),
            Kind::Instance
            | Kind::Volume
            | Kind::SecurityGroup
            | Kind::KeyPair
            | Kind::Image
            | Kind::Snapshot
            | Kind::ExportTask => Place::Ec2,
        };
        Ok(Some(Self { asset, place }))
    }
}

/// What a record names that the release made itself: neither the source image nor one's own
/// key, and no stack that is gone.
pub fn of_record(record: &Record) -> Result<Vec<Thing>> {
    let mut assets = Vec::new();
    if let Some(stack) = record.get::<Stack>()?.filter(|s| s.status != "DELETE_COMPLETE") {
        let asset = Asset { name: Some(stack.name), ..Asset::new(Kind::Stack, stack.id) };
        assets.push(asset);
    }
    if let Some(instance) = record.get::<Instance>()? {
        assets.push(Asset::new(Kind::Instance, instance.id));
    }
    if let Some(pair) = record.get::<KeyPair>()?.filter(|pair| pair.generated) {
        assets.push(Asset::new(Kind::KeyPair, pair.id));
    }
    if let Some(image) = record.get::<Image>()? {
        assets.push(Asset::new(Kind::Image, image.id));
        assets.extend(image.snapshots.into_iter().map(|id| Asset::new(Kind::Snapshot, id)));
    }
    for export in record.get::<Exports>()?.unwrap_or_default().0 {
        assets.push(Asset::new(Kind::ExportTask, export.task));
        let (bucket, key) = (export.bucket, export.key);
        let at = Location { bucket, key, version: None, upload: None };
        assets.push(Asset::new(Kind::Object, at.to_string()));
    }
    assets.into_iter().filter_map(|asset| Thing::new(asset).transpose()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_what_the_release_made_and_nothing_else() {
        let record = br#"{"schema":"ail/1",
            "source_image":{"id":"ami-0","name":"debian","owner":"1","user":"admin"},
            "stack":{"name":"s","id":"arn:s","status":"DELETE_COMPLETE"},
            "key_pair":{"id":"key-1","name":"mine","file":"/k","generated":false},
            "image":{"id":"ami-1","name":"ail-1","state":"available","snapshots":["snap-1"]},
            "exports":[{"format":"vhd","task":"export-ami-1","bucket":"b","key":"k","bytes":1,
                        "sha256":"","url":""}]}"#;
        let things = of_record(&Record::parse(record).expect("a record")).expect("readable");
        let ids: Vec<_> = things.iter().map(|thing| thing.asset.id.as_str()).collect();
        assert_eq!(ids, ["ami-1", "snap-1", "export-ami-1", "s3://b/k"]);
    }
}
