//! Objects in S3, every version of them.

use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use futures::{StreamExt, TryStreamExt};
use lib_common::asset::{Asset, Kind, Location};
use lib_common::aws::{During, Explain};
use lib_common::{AssetId, Result};

use super::Task;
use crate::account::Account;
use crate::marks::{Marks, moment};
use crate::search::{Search, Whose};

/// Reading the tags is a call an object; S3 takes thousands a second.
const AT_ONCE: usize = 16;
/// What S3 calls the version of an object that was written without versioning.
const NO_VERSION: &str = "null";
/// What the keys of all asset ids begin with ([`AssetId::object_prefix`]).
const EVERYONE: &str = "ai_lab/";

/// The prefix of the keys that are looked for.
pub fn prefix(search: &Search) -> String {
    match &search.whose {
        Whose::Of(id) => id.object_prefix(),
        Whose::Anyone => EVERYONE.to_owned(),
    }
}

/// The asset id in a key: `ai_lab/ID/…`.
pub fn asset_id(key: &str) -> Option<AssetId> {
    key.strip_prefix(EVERYONE)?.split_once('/')?.0.parse().ok()
}

pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    for bucket in account.buckets().await? {
        assets.append(&mut versions(account, bucket, &prefix(search)).await?);
    }
    assets.retain(|(location, _)| asset_id(&location.key).is_some());
    if search.run.is_some() || search.runs_of_objects {
        assets = with_runs(account, search, assets).await?;
    }
    Ok(assets.into_iter().map(|(_, asset)| asset).collect())
}

type Found = (Location, Asset);

async fn versions(account: &Account, bucket: &str, prefix: &str) -> Result<Vec<Found>> {
    let (mut found, mut key, mut version) = (Vec::new(), None, None);
    // The SDK has no paginator for this call.
    loop {
        let page = account
            .s3
            .list_object_versions()
            .bucket(bucket)
            .prefix(prefix)
            .set_key_marker(key)
            .set_version_id_marker(version)
            .send()
            .await
            .during("ListObjectVersions")
            .explain(|| {
                format!("cannot list objects in s3://{bucket}/{prefix} ({})", account.region)
            })?;
        add(&mut found, &page, bucket, &account.region);
        if page.is_truncated() != Some(true) {
            return Ok(found);
        }
        key = page.next_key_marker().map(str::to_owned);
        version = page.next_version_id_marker().map(str::to_owned);
    }
}

fn add(found: &mut Vec<Found>, page: &ListObjectVersionsOutput, bucket: &str, region: &str) {
    for object in page.versions() {
        let latest = object.is_latest() == Some(true);
        let location = location(bucket, object.key(), object.version_id(), latest);
        let asset = Asset {
            state: if latest { "current" } else { "noncurrent" }.to_owned(),
            bytes: object.size().and_then(|size| u64::try_from(size).ok()),
            billed_as: object.storage_class().map(|class| class.as_str().to_owned()),
            created: moment(object.last_modified()),
            costs: true,
            ..at(&location, Kind::Object, region)
        };
        found.push((location, asset));
    }
    for marker in page.delete_markers() {
        // Not even the newest marker is what its key alone means.
        let location = location(bucket, marker.key(), marker.version_id(), false);
        let asset = Asset {
            state: "delete marker".to_owned(),
            created: moment(marker.last_modified()),
            ..at(&location, Kind::Object, region)
        };
        found.push((location, asset));
    }
}

fn location(bucket: &str, key: Option<&str>, version: Option<&str>, latest: bool) -> Location {
    Location {
        bucket: bucket.to_owned(),
        key: key.unwrap_or_default().to_owned(),
        version: version.filter(|v| !latest || *v != NO_VERSION).map(str::to_owned),
        upload: None,
    }
}

/// What a location alone says.
pub fn at(location: &Location, kind: Kind, region: &str) -> Asset {
    Asset {
        name: location.key.rsplit('/').next().map(str::to_owned),
        asset_id: asset_id(&location.key).map(String::from),
        region: Some(region.to_owned()),
        ..Asset::new(kind, location.to_string())
    }
}

/// Adds the run to each, and drops those that are not of the run that is looked for. An
/// export writes its object without tags; until it is renamed, the name tells its task.
async fn with_runs(account: &Account, search: &Search, found: Vec<Found>) -> Result<Vec<Found>> {
    let exported = found.iter().any(|(at, _)| Task::of_key(&at.key).is_some());
    let tasks = if exported { Task::runs(account).await? } else { Default::default() };
    let tasks = &tasks;
    futures::stream::iter(found)
        .map(|(at, mut asset)| async move {
            asset.run = match Task::of_key(&at.key).and_then(|task| tasks.get(task)) {
                Some(run) => Some(run.clone()),
                None if asset.state == "delete marker" => None,
                None => match run(account, &at).await {
                    Err(error) if error.is_not_found() => return Ok(None),
                    // Only whoever asks for a run must know it.
                    Err(_) if search.run.is_none() => None,
                    run => run?,
                },
            };
            let wanted = search.run.is_none() || search.run == asset.run;
            Ok(wanted.then_some((at, asset)))
        })
        .buffered(AT_ONCE)
        .try_filter_map(|found| async { Ok(found) })
        .try_collect()
        .await
}

async fn run(account: &Account, at: &Location) -> Result<Option<String>> {
    let answer = account
        .s3
        .get_object_tagging()
        .bucket(&at.bucket)
        .key(&at.key)
        .set_version_id(at.version.clone())
        .send()
        .await
        .during("GetObjectTagging")
        .explain(|| format!("cannot tell the run of {at}"))?;
    let tags = answer.tag_set().iter().map(|tag| (Some(tag.key()), Some(tag.value())));
    Ok(Marks::of(tags).run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_asset_id() {
        let id = |key| asset_id(key).map(String::from);
        assert_eq!(id("ai_lab/1.0/x/y").as_deref(), Some("1.0"));
        assert_eq!(id("ai_lab/1.0"), None);
        assert_eq!(id("ai_lab//x"), None);
        assert_eq!(id("other/1.0/x"), None);
    }

    #[test]
    fn only_what_needs_it_is_named_by_its_version() {
        let id = |version, latest| location("b", Some("k"), Some(version), latest).to_string();
        assert_eq!(id("null", true), "s3://b/k");
        assert_eq!(id("null", false), "s3://b/k?versionId=null");
        assert_eq!(id("v1", true), "s3://b/k?versionId=v1");
    }
}
