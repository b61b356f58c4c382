//! The files of a release as they lie in the bucket, and the sums of them.

use std::time::Duration;

use aws_sdk_s3::types::Object;
use futures::stream::{self, StreamExt, TryStreamExt};
use lib_common::aws::During;
use lib_common::record::Export;
use lib_common::wait::Waiter;
use lib_common::{AssetId, Context, Error, Exit, Result};

use crate::place::Place;
use crate::stored::{self, Stored};
use crate::sums::{self, Sums};
use crate::{bill, digest};

/// To read a disk of many GiB over a long line.
const READING: Duration = Duration::from_secs(6 * 60 * 60);
/// A few small answers at once; a release has few files.
const AT_ONCE: usize = 8;

/// A file of the release.
struct File<'a> {
    name: String,
    key: String,
    stored: Stored,
    /// What the record says of it.
    known: Option<&'a Export>,
}

/// The sums of all files of the release, each of which must be there whole, but for the bill.
pub async fn sums(
    context: &Context,
    place: &Place,
    asset_id: &AssetId,
    exports: &[Export],
) -> Result<Sums> {
    let prefix = asset_id.object_prefix();
    let mut names = names(place, &prefix).await?;
    names.retain(|name| *name != bill::name(asset_id));
    if let Some(missing) = exports
        .iter()
        .find(|export| !names.iter().any(|name| export.key.strip_prefix(&prefix) == Some(name)))
    {
        return Err(Error::new(Exit::NotFound, format!("{} is not there", place.s3(&missing.key)))
            .next("run `ail-export run` with the same record again"));
    }
    let files: Vec<_> = stream::iter(names)
        .map(|name| look(place, format!("{prefix}{name}"), name, exports))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    are_of_one_image(place, asset_id, &files)?;
    let sums = stream::iter(files)
        .map(|file| async move { sum(context, place, &file).await.map(|sum| (file.name, sum)) })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Sums(sums))
}

/// The names of the release's files. Objects that EC2 has written and that have no name yet
/// are none, nor are sums and signature.
async fn names(place: &Place, prefix: &str) -> Result<Vec<String>> {
    let call = place.s3.list_objects_v2().bucket(&place.bucket).prefix(prefix).delimiter("/");
    let call = call.expected_bucket_owner(&place.account);
    let mut pages = call.into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.during("ListObjectsV2")?;
        let found = page.contents().iter().filter_map(Object::key);
        names.extend(found.filter_map(|key| key.strip_prefix(prefix)).map(str::to_owned));
    }
    let own = [sums::NAME, sums::SIGNATURE_NAME];
    names.retain(|name| !own.contains(&name.as_str()) && !name.starts_with("export-ami-"));
    Ok(names)
}

async fn look<'a>(
    place: &Place,
    key: String,
    name: String,
    exports: &'a [Export],
) -> Result<File<'a>> {
    let missing = || Error::new(Exit::NotFound, format!("{} is gone", place.s3(&key)));
    let stored = stored::head(place, &key).await?.ok_or_else(missing)?;
    let known = exports.iter().find(|export| export.key == key);
    Ok(File { name, key, stored, known })
}

/// A disk that stayed from an earlier image of the same name is no part of this release: the
/// image is that of the disks in the record.
fn are_of_one_image(place: &Place, asset_id: &AssetId, files: &[File<'_>]) -> Result<()> {
    let marks = |file: &File<'_>| file.stored.marks.clone();
    let image = files.iter().filter(|file| file.known.is_some()).find_map(marks);
    let image = image.map(|marks| marks.image);
    for file in files {
        let Some(marks) = &file.stored.marks else { continue };
        let whose = match &image {
            _ if marks.asset_id != asset_id.as_str() => {
                format!("it is a disk of {}, not of {asset_id}", marks.asset_id)
            }
            Some(image) if marks.image != *image => {
                format!("it is an export of {}, and the record's are of {image}", marks.image)
            }
            _ => continue,
        };
        let object = place.s3(&file.key);
        let what = format!("{object} lies among the files of {asset_id}: {whose}");
        let next = format!("remove it (`aws s3 rm '{object}'`), then run the same command again");
        return Err(Error::new(Exit::Exists, what).next(next));
    }
    Ok(())
}

/// The SHA-256 of a file: as its metadata and the record say, else by reading it.
async fn sum(context: &Context, place: &Place, file: &File<'_>) -> Result<String> {
    let File { key, stored, known, .. } = file;
    let sum = match &stored.marks {
        Some(marks) => marks.sha256.clone(),
        // Not put there by `run`: what the record says of it was perhaps said of another one.
        None => {
            let shown = context.progress().task(format!("sha256 of {key}"));
            let waiter =
                Waiter::new(format!("{} to be read", place.s3(key)), context.timeout(READING));
            let sum = digest::sha256(place, key, stored, &waiter, &shown).await?;
            shown.done(&sum);
            sum
        }
    };
    match known {
        Some(known) if known.sha256 != sum || known.bytes != stored.bytes => Err(Error::new(
            Exit::BadInput,
            format!("{} is not what the record says", place.s3(key)),
        )
        .because(format!("the record: {} bytes, sha256 {}", known.bytes, known.sha256))
        .because(format!("the bucket: {} bytes, sha256 {sum}", stored.bytes))
        .next("run `ail-export run` with the record again")),
        _ => Ok(sum),
    }
}
