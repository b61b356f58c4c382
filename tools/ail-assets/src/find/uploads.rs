//! Unfinished multipart uploads to S3: parts that cost and that no listing of objects shows.

use futures::{StreamExt, TryStreamExt};
use lib_common::Result;
use lib_common::asset::{Asset, Kind, Location};
use lib_common::aws::{During, Explain};

use super::Task;
use super::objects::{asset_id, at, prefix};
use crate::account::Account;
use crate::marks::moment;
use crate::search::Search;

/// Adding up the parts is a call an upload.
const AT_ONCE: usize = 8;

/// An upload has no tags that can be read: only that of an export has a known run, that of
/// its task.
pub async fn find(account: &Account, search: &Search) -> Result<Vec<Asset>> {
    let mut found = Vec::new();
    for bucket in account.buckets().await? {
        found.append(&mut of_bucket(account, bucket, &prefix(search)).await?);
    }
    found.retain(|(location, _)| asset_id(&location.key).is_some());
    let exported = found.iter().any(|(at, _)| Task::of_key(&at.key).is_some());
    let tasks = if exported { Task::runs(account).await? } else { Default::default() };
    let wanted = found.into_iter().filter_map(|(at, mut asset)| {
        asset.run = Task::of_key(&at.key).and_then(|task| tasks.get(task)).cloned();
        (search.run.is_none() || search.run == asset.run).then_some((at, asset))
    });
    futures::stream::iter(wanted)
        .map(|(at, mut asset)| async move {
            match stored(account, &at).await {
                Err(error) if error.is_not_found() => Ok(None),
                bytes => {
                    asset.bytes = Some(bytes?);
                    Ok(Some(asset))
                }
            }
        })
        .buffered(AT_ONCE)
        .try_filter_map(|asset| async { Ok(asset) })
        .try_collect()
        .await
}

async fn of_bucket(
    account: &Account,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<(Location, Asset)>> {
    let (mut found, mut key, mut upload) = (Vec::new(), None, None);
    // The SDK has no paginator for this call.
    loop {
        let page = account
            .s3
            .list_multipart_uploads()
            .bucket(bucket)
            .prefix(prefix)
            .set_key_marker(key)
            .set_upload_id_marker(upload)
            .send()
            .await
            .during("ListMultipartUploads")
            .explain(|| {
                let region = &account.region;
                format!("cannot list unfinished uploads in s3://{bucket}/{prefix} ({region})")
            })?;
        for upload in page.uploads() {
            let location = Location {
                bucket: bucket.to_owned(),
                key: upload.key().unwrap_or_default().to_owned(),
                version: None,
                upload: upload.upload_id().map(str::to_owned),
            };
            let asset = Asset {
                state: "unfinished".to_owned(),
                billed_as: upload.storage_class().map(|class| class.as_str().to_owned()),
                created: moment(upload.initiated()),
                costs: true,
                ..at(&location, Kind::Upload, &account.region)
            };
            found.push((location, asset));
        }
        if page.is_truncated() != Some(true) {
            return Ok(found);
        }
        key = page.next_key_marker().map(str::to_owned);
        upload = page.next_upload_id_marker().map(str::to_owned);
    }
}

async fn stored(account: &Account, at: &Location) -> Result<u64> {
    let parts = account
        .s3
        .list_parts()
        .bucket(&at.bucket)
        .key(&at.key)
        .set_upload_id(at.upload.clone())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during("ListParts")
        .explain(|| format!("cannot tell the size of {at}"))?;
    Ok(parts.iter().filter_map(|part| u64::try_from(part.size()?).ok()).sum())
}
