//! The key pair of a run: made here, so that the private key never leaves this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{Filter, KeyPairInfo, ResourceType, Tag, TagSpecification};
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::record::KeyPair;
use lib_common::wait::{Seen, Waiter};
use lib_common::{AssetId, Error, Exit, Result, state, tags};
use rand::RngExt;
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey};

use crate::services::{Services, is_refusal};

impl Services {
    /// One's own key pair, which is used and never deleted.
    pub async fn own_key_pair(&self, name: &str, file: &Path) -> Result<KeyPair> {
        // Not parsed: one's own key may be of any format that SSH takes.
        std::fs::File::open(file).map_err(|error| unreadable(file).caused_by(&error))?;
        let answer = self.ec2.describe_key_pairs().key_names(name).send().await;
        let answer = answer
            .during("DescribeKeyPairs")
            .explain(|| format!("cannot use the key pair {name} ({})", self.region))?;
        let id = answer.key_pairs().first().and_then(|pair| pair.key_pair_id());
        Ok(KeyPair {
            id: id.unwrap_or_default().to_owned(),
            name: name.to_owned(),
            file: absolute(file),
            generated: false,
        })
    }

    /// The key pairs that runs for this asset made, with the files of their private keys,
    /// whether or not those are on this machine.
    pub async fn generated_key_pairs(&self, asset_id: &AssetId) -> Result<Vec<KeyPair>> {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let answer = self
            .ec2
            .describe_key_pairs()
            .filters(filter(&format!("tag:{}", tags::ASSET_ID), asset_id.as_str()))
            .filters(filter(&format!("tag:{}", tags::TOOL), self.context.tool()))
            .send()
            .await
            .during("DescribeKeyPairs")
            .explain(|| format!("cannot look for key pairs of {asset_id} ({})", self.region))?;
        let directory = state::directory()?;
        Ok(answer
            .key_pairs()
            .iter()
            .filter_map(|pair| generated(pair, asset_id, &directory))
            .collect())
    }

    /// Makes the key pair of this run; what `keep` does not keep is taken back if the run
    /// fails.
    pub async fn make_key_pair(&self, asset_id: &AssetId, keep: bool) -> Result<KeyPair> {
        let name = asset_id.key_pair_name(self.context.run());
        let file = state::directory()?.join(&name);
        if !keep {
            let path = file.clone();
            self.context.undo().push(
                format!("remove the key file {}", file.display()),
                format!("rm '{}'", file.display()),
                async move { state::remove(&path) },
            );
        }
        // A file without a key pair: an earlier try of this very run ended in between.
        let key = match file.exists() {
            true => read_key(&file)?,
            false => {
                let key = PrivateKey::from(Ed25519Keypair::from_seed(&rand::rng().random()));
                let text = key.to_openssh(LineEnding::LF).expect("an unencrypted key has a text");
                state::write_secret(&name, text.as_bytes())?;
                key
            }
        };
        let ticket =
            (!keep).then(|| {
                let (services, name) = (self.for_clean_up(), name.clone());
                let what = format!("delete the key pair {name}");
                let remedy = format!("aws ec2 delete-key-pair --key-name '{name}'");
                self.context
                    .undo()
                    .push(what, remedy, async move { services.delete_key_pair(&name).await })
            });
        let id = self.import_key_pair(asset_id, &name, &key).await;
        if let (Err(error), Some(ticket)) = (&id, ticket)
            && is_refusal(error)
        {
            self.context.undo().settle(ticket);
        }
        let id = id?;
        self.wait_for_key_pair(&name).await?;
        Ok(KeyPair { id, name, file, generated: true })
    }

    async fn import_key_pair(
        &self,
        asset_id: &AssetId,
        name: &str,
        key: &PrivateKey,
    ) -> Result<String> {
        let public = key.public_key().to_openssh().expect("an ed25519 key has a text");
        let tags = self.context.passing_tags(asset_id);
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let specification = TagSpecification::builder()
            .resource_type(ResourceType::KeyPair)
            .set_tags(Some(tags.collect()))
            .build();
        let call = self
            .ec2
            .import_key_pair()
            .key_name(name)
            .public_key_material(Blob::new(public))
            .tag_specifications(specification);
        let answer = self.context.undo().finish(async move { call.send().await }).await;
        let answer = answer
            .during("ImportKeyPair")
            .explain(|| format!("cannot import the key pair {name} ({})", self.region))?;
        Ok(answer.key_pair_id().unwrap_or_default().to_owned())
    }

    /// CloudFormation looks the name up before it begins, and must find it.
    async fn wait_for_key_pair(&self, name: &str) -> Result<()> {
        let waiter = Waiter::new(format!("the key pair {name} to be known"), self.patience)
            .every(Duration::from_millis(300), Duration::from_secs(5));
        waiter
            .until(&Task::silent(), || async {
                let call = self.ec2.describe_key_pairs().key_names(name);
                match call.send().await.during("DescribeKeyPairs") {
                    Ok(_) => Ok(Seen::Ready(())),
                    Err(error) if error.is_not_found() => Ok(Seen::Missing),
                    Err(error) => Err(error),
                }
            })
            .await
            .explain(|| format!("cannot use the key pair {name} ({})", self.region))
    }

    /// Deletes a key pair; that it is gone already is as good.
    pub async fn delete_key_pair(&self, name: &str) -> Result<()> {
        let call = self.ec2.delete_key_pair().key_name(name);
        let answer = self.context.undo().finish(async move { call.send().await }).await;
        match answer.during("DeleteKeyPair") {
            Err(error) if !error.is_not_found() => {
                Err(error.context(format!("cannot delete the key pair {name} ({})", self.region)))
            }
            _ => Ok(()),
        }
    }

    /// Deletes the key pairs that runs for this asset made and no instance uses, and then
    /// their files: what a failure leaves can still be found. Gives their names.
    pub async fn delete_unused_key_pairs(&self, asset_id: &AssetId) -> Result<Vec<String>> {
        let mut deleted = Vec::new();
        for pair in self.unused_key_pairs(asset_id).await? {
            self.delete_key_pair(&pair.name).await?;
            state::remove(&pair.file)?;
            deleted.push(pair.name);
        }
        Ok(deleted)
    }

    /// The generated key pairs of this asset that no instance uses: one may serve the
    /// instance of another stack.
    pub async fn unused_key_pairs(&self, asset_id: &AssetId) -> Result<Vec<KeyPair>> {
        let pairs = self.generated_key_pairs(asset_id).await?;
        if pairs.is_empty() {
            return Ok(pairs);
        }
        let names = pairs.iter().map(|pair| pair.name.clone()).collect();
        let by_key = Filter::builder().name("key-name").set_values(Some(names)).build();
        let alive = ["pending", "running", "stopping", "stopped"].map(str::to_owned).into();
        let by_state =
            Filter::builder().name("instance-state-name").set_values(Some(alive)).build();
        let mut pages = self
            .ec2
            .describe_instances()
            .filters(by_key)
            .filters(by_state)
            .into_paginator()
            .items()
            .send();
        let mut used = BTreeSet::new();
        while let Some(reservation) = pages.next().await {
            let reservation = reservation
                .during("DescribeInstances")
                .explain(|| format!("cannot tell which key pairs are used ({})", self.region))?;
            let keys = reservation.instances().iter().filter_map(|i| i.key_name());
            used.extend(keys.map(str::to_owned));
        }
        Ok(pairs.into_iter().filter(|pair| !used.contains(&pair.name)).collect())
    }
}

fn generated(pair: &KeyPairInfo, asset_id: &AssetId, directory: &Path) -> Option<KeyPair> {
    let name = pair.key_name()?;
    is_of(asset_id, name).then(|| KeyPair {
        id: pair.key_pair_id().unwrap_or_default().to_owned(),
        name: name.to_owned(),
        file: directory.join(name),
        generated: true,
    })
}

/// Whether a name is that of a key pair which a run made: prefix and 8 hex digits.
fn is_of(asset_id: &AssetId, name: &str) -> bool {
    name.strip_prefix(&asset_id.key_pair_prefix()).is_some_and(|run| {
        run.len() == 8 && run.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn read_key(file: &Path) -> Result<PrivateKey> {
    PrivateKey::read_openssh_file(file).map_err(|error| {
        unreadable(file).caused_by(&error).next("remove the file, then run the same command again")
    })
}

fn unreadable(file: &Path) -> Error {
    Error::new(Exit::BadInput, format!("cannot read the private key {}", file.display()))
}

fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_of_runs_of_exactly_this_asset_are_its_own() {
        let id: AssetId = "1.0".parse().expect("valid");
        assert!(is_of(&id, "ail-1.0-00c0ffee"));
        assert!(!is_of(&id, "ail-1.0-1-00c0ffee"));
        assert!(!is_of(&id, "ail-1.0-mine"));
        assert!(!is_of(&id, "ail-1.0.1-00c0ffee"));
        assert!(!is_of(&id, "mine"));
    }
}
