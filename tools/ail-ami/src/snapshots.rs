//! Finding and deleting the snapshots behind an image.

use std::time::Duration;

use aws_sdk_ec2::types::Filter;
use lib_common::aws::During;
use lib_common::aws::Explain;
use lib_common::progress::Task;
use lib_common::wait::{Seen, Waiter};
use lib_common::{Error, Result};

use crate::ec2::Ec2;

/// How long EC2 may still hold a snapshot for an image that was deregistered just now.
const RELEASE: Duration = Duration::from_secs(60);

/// What became of a snapshot that was to be deleted.
#[derive(Debug)]
pub enum Fate {
    /// It is deleted.
    Deleted,
    /// It was gone before.
    Gone,
    /// It stays: something else needs it, in the service's words.
    InUse(String),
    /// It could not be deleted.
    Failed(Error),
}

impl Ec2 {
    /// The own snapshots that pass the filters.
    pub async fn own_snapshots(&self, filters: Vec<Filter>) -> Result<Vec<String>> {
        let request = self.client.describe_snapshots().owner_ids("self");
        let mut pages = request.set_filters(Some(filters)).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.during("DescribeSnapshots");
            let page = page.explain(|| format!("cannot look for snapshots ({})", self.region))?;
            let snapshots = page.snapshots.unwrap_or_default();
            found.extend(snapshots.into_iter().filter_map(|snapshot| snapshot.snapshot_id));
        }
        Ok(found)
    }

    /// Deletes a snapshot whose image, if `image` names one, was deregistered just now.
    pub async fn delete_snapshot(&self, id: &str, image: Option<&str>) -> Fate {
        let waiter = Waiter::new(format!("{id} to be released"), RELEASE);
        let unseen = Task::silent();
        let deletion = waiter.until(&unseen, || async {
            let answer = self.client.delete_snapshot().snapshot_id(id).send().await;
            match answer.during("DeleteSnapshot") {
                Ok(_) => Ok(Seen::Ready(Fate::Deleted)),
                Err(error) => match error.code() {
                    Some("InvalidSnapshot.NotFound") => Ok(Seen::Ready(Fate::Gone)),
                    // The message names the image that uses it.
                    Some("InvalidSnapshot.InUse")
                        if image.is_some_and(|image| error.what().contains(image)) =>
                    {
                        Ok(Seen::Pending("in use".to_owned()))
                    }
                    Some("InvalidSnapshot.InUse") => {
                        Ok(Seen::Ready(Fate::InUse(error.what().to_owned())))
                    }
                    _ => Err(error),
                },
            }
        });
        deletion.await.unwrap_or_else(Fate::Failed)
    }
}
