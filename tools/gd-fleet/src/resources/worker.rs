//! The worker's binary in the bucket, where the first instance fetches it.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_s3::primitives::ByteStream;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Difference, Facts, Found, Key, Known, Resource};
use lib_common::{Error, Exit, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{WORKER, facts};
use crate::user_data::hex;
use crate::world::World;

pub struct Worker(pub Arc<World>);

#[async_trait]
impl Resource for Worker {
    fn name(&self) -> &str {
        WORKER
    }

    fn kind(&self) -> &'static str {
        "object"
    }

    fn passes(&self) -> bool {
        true
    }

    async fn find(&self, _key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        let (bucket, key) = (&self.0.recipe.bucket, self.0.recipe.key());
        let request = self.0.clients.s3.head_object().bucket(bucket).key(&key);
        match request.send().await.during("HeadObject") {
            // The key has the hash of the content, which the instance checks.
            Ok(_) => Ok(vec![Found { id: key, facts: self.wish(&Known::default()) }]),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error.context(format!("cannot look for s3://{bucket}/{key}"))),
        }
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({"sha256": self.0.recipe.worker}))
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let (bucket, key) = (&self.0.recipe.bucket, self.0.recipe.key());
        let path = self.0.worker.clone();
        let bytes = tokio::fs::read(&path).await.map_err(|error| {
            Error::new(Exit::BadInput, format!("cannot read the worker {}", path.display()))
                .caused_by(&error)
                .next("name its binary with --worker")
        })?;
        let sha256 = hex(&Sha256::digest(&bytes));
        if sha256 != self.0.recipe.worker {
            return Err(Error::new(
                Exit::BadInput,
                format!("{} is not the worker that the fleet was built with", path.display()),
            )
            .because(format!(
                "its SHA-256 is {sha256}, that of the fleet's is {}",
                self.0.recipe.worker
            ))
            .next(
                "name the former binary with --worker, or build with the new one by `gd-fleet up`",
            ));
        }
        self.0
            .clients
            .s3
            .put_object()
            .bucket(bucket)
            .key(&key)
            .body(ByteStream::from(bytes))
            .content_type("application/octet-stream")
            .send()
            .await
            .during("PutObject")
            .explain(|| format!("cannot put the worker to s3://{bucket}/{key}"))?;
        Ok(Found { id: key, facts: self.wish(known) })
    }

    async fn mend(
        &self,
        _found: &Found,
        _differences: &[Difference],
        _known: &Known,
    ) -> Result<()> {
        // It has one fact, and that is its name.
        Ok(())
    }

    async fn delete(&self, found: &Found) -> Result<()> {
        let request = self.0.clients.s3.delete_object().bucket(&self.0.recipe.bucket);
        let cannot = || format!("cannot delete s3://{}/{}", self.0.recipe.bucket, found.id);
        request.key(&found.id).send().await.during("DeleteObject").explain(cannot).map(drop)
    }
}
