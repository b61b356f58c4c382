//! Deleting objects, up to a thousand in one call.

use std::collections::HashMap;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use lib_common::asset::{Asset, Location};
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

use super::deeds::Remover;
use crate::result::{Fate, Removal};

type Refusals = HashMap<(String, Option<String>), String>;

/// Deletes objects of one bucket; each has its own result.
pub async fn remove(remover: &Remover<'_>, batch: Vec<(Location, Asset)>) -> Vec<Removal> {
    let bucket = batch.first().map(|(at, _)| at.bucket.clone()).unwrap_or_default();
    let what = match batch.as_slice() {
        [(at, _)] => at.to_string(),
        many => format!("{} objects in s3://{bucket}", many.len()),
    };
    let task = remover.context.progress().task(what);
    let refused = delete(remover, &bucket, &batch).await;
    task.done(match &refused {
        Ok(refused) if refused.is_empty() => "gone",
        _ => "failed",
    });
    let fates = batch.into_iter().map(|(at, asset)| {
        let reason = match &refused {
            Ok(refused) => refused.get(&(at.key, at.version)).cloned(),
            Err(error) => Some(error.summary()),
        };
        let result = if reason.is_some() { Fate::Failed } else { Fate::Removed };
        let denied = refused.as_ref().is_err_and(|error| error.exit() == Exit::Permission);
        Removal { asset, result, reason, denied }
    });
    fates.collect()
}

async fn delete(
    remover: &Remover<'_>,
    bucket: &str,
    batch: &[(Location, Asset)],
) -> Result<Refusals> {
    let identifiers = batch.iter().map(|(at, _)| {
        ObjectIdentifier::builder().key(&at.key).set_version_id(at.version.clone()).build()
    });
    let objects = identifiers.collect::<Result<Vec<_>, _>>();
    let delete = objects
        .and_then(|objects| Delete::builder().set_objects(Some(objects)).quiet(true).build());
    let delete = delete.map_err(|error| {
        Error::new(Exit::Failed, "cannot name the objects in one call").caused_by(&error)
    })?;
    let asked = remover.account.s3.delete_objects().bucket(bucket).delete(delete).send().await;
    let answer = asked.during("DeleteObjects")?;
    let refusals = answer.errors().iter().map(|error| {
        let key = error.key().unwrap_or_default().to_owned();
        let version = error.version_id().filter(|v| !v.is_empty()).map(str::to_owned);
        let (code, message) = (error.code().unwrap_or("?"), error.message().unwrap_or_default());
        ((key, version), format!("DeleteObjects: {code}: {message}"))
    });
    Ok(refusals.collect())
}
