//! The key pair: made here, so that the private key never leaves this machine.
//!
//! Whoever repairs may be on another machine. The record knows the public key, and that alone
//! says which key pair it is: of the sealed one its owner has the private half. Whoever builds
//! has the file, or gets a new key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyPairInfo, ResourceType};
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{Call, Difference, Facts, Found, Key, Known, Resource};
use lib_common::team::TEAM;
use lib_common::{Error, Exit, Result, state};
use rand::RngExt;
use serde_json::{Value, json};
use ssh_key::private::Ed25519Keypair;
use ssh_key::{LineEnding, PrivateKey, PublicKey};

use crate::layout::{KEY_PAIR, VPC};
use crate::site::{Site, facts, filter, own_tags, tag};

/// A key pair of the team's own.
pub struct KeyPair {
    site: Arc<Site>,
    /// The public key that was sealed, where that is what it shall be again.
    sealed: Option<String>,
}

/// Its name at EC2.
pub fn name_of(site: &Site) -> String {
    format!("gd-{}", site.team)
}

/// The file of the private key. Two accounts or regions of one team have two.
pub fn file_of(site: &Site, account: &str) -> Result<PathBuf> {
    let name = format!("{}-{account}-{}", name_of(site), site.region);
    Ok(state::directory()?.join(name))
}

/// Algorithm and key of an OpenSSH line, without its comment.
pub fn bare(line: &str) -> String {
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// The public half of the key in the file, if the file is there.
pub fn public_of(file: &Path) -> Option<String> {
    let key = PrivateKey::read_openssh_file(file).ok()?;
    key.public_key().to_openssh().ok().map(|line| bare(&line))
}

impl KeyPair {
    /// The key pair as it was sealed, if it was.
    pub fn new(site: Arc<Site>, sealed: Option<&Found>) -> Self {
        let public = sealed.and_then(|sealed| sealed.facts.get("public_key")?.as_str());
        Self { site, sealed: public.map(str::to_owned) }
    }

    fn file(&self, known: &Known) -> Option<PathBuf> {
        let account = known.text(VPC, "account")?;
        file_of(&self.site, &account).ok()
    }

    /// The public key that it shall have, if that is known. Where record and file both know one,
    /// it is that of the record: the file may be of a network that is no more.
    fn own(&self, known: &Known) -> Option<String> {
        let of_file = || self.file(known).as_deref().and_then(public_of);
        self.sealed.clone().or_else(of_file)
    }

    fn found(&self, pair: &KeyPairInfo) -> Found {
        let key = pair.public_key().map(bare).filter(|key| key.parse::<PublicKey>().is_ok());
        Found {
            id: pair.key_pair_id().unwrap_or_default().to_owned(),
            facts: facts(json!({
                "name": pair.key_name(),
                "public_key": key,
                "tags": own_tags(pair.tags()),
            })),
        }
    }

    /// The public key to import: the sealed one, else that of the file.
    fn public(&self, file: &Path) -> Result<String> {
        let Some(sealed) = &self.sealed else {
            let key = Self::key(file)?;
            return Ok(key.public_key().to_openssh().expect("an ed25519 key has a text"));
        };
        if public_of(file).as_ref() != Some(sealed) {
            let context = &self.site.context;
            let (tool, name, file) = (context.tool(), name_of(&self.site), file.display());
            context.progress().say(&format!(
                "{tool}: the key pair {name} gets the public key of the record; its private key \
                 is not on this machine ({file})"
            ));
        }
        Ok(sealed.clone())
    }

    /// The key in the file, or a new one that is then there.
    fn key(file: &Path) -> Result<PrivateKey> {
        if file.exists() {
            return PrivateKey::read_openssh_file(file).map_err(|error| {
                let what = format!("cannot read the private key {}", file.display());
                Error::new(Exit::BadInput, what)
                    .caused_by(&error)
                    .next("remove the file, then run the same command again")
            });
        }
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&rand::rng().random()));
        let text = key.to_openssh(LineEnding::LF).expect("an unencrypted key has a text");
        let name = file.file_name().and_then(|name| name.to_str()).expect("it was made of text");
        state::write_secret(name, text.as_bytes())?;
        Ok(key)
    }
}

#[async_trait]
impl Resource for KeyPair {
    fn name(&self) -> &str {
        KEY_PAIR
    }

    fn kind(&self) -> &'static str {
        "key pair"
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create => Some("ec2:ImportKeyPair"),
            Call::Delete => Some("ec2:DeleteKeyPair"),
            Call::Mend(_) => Some("ec2:CreateTags"),
            Call::Remove(_) => None,
        }
    }

    fn needs(&self) -> Vec<String> {
        // Whose account it is, is said by the VPC; the file is named after it.
        vec![VPC.to_owned()]
    }

    async fn find(&self, key: Key<'_>, known: &Known) -> Result<Vec<Found>> {
        let name = name_of(&self.site);
        let nature = || vec![filter("key-name", &name)];
        let filters = self.site.filters(key, KEY_PAIR, "key-pair-id").unwrap_or_else(nature);
        let call = self.site.ec2.describe_key_pairs().set_filters(Some(filters));
        let answer = call.include_public_key(true).send().await.during("DescribeKeyPairs");
        let answer =
            answer.explain(|| self.site.cannot(&format!("look for the key pair {name}")))?;
        let pairs = answer.key_pairs();
        if key == Key::Nature {
            let mine = self.own(known);
            for pair in pairs {
                let team = tag(pair.tags(), TEAM);
                let is_mine = mine.is_some() && pair.public_key().map(bare) == mine;
                if team != Some(self.site.team.as_str()) && !(team.is_none() && is_mine) {
                    return Err(Error::new(
                        Exit::Exists,
                        self.site.cannot(&format!("make the key pair {name}")),
                    )
                    .because("a key pair of this name is there, and not this team's")
                    .next(
                        "give another --team, or a key of your own by --key-name and --key-file",
                    ));
                }
            }
        }
        Ok(pairs.iter().map(|pair| self.found(pair)).collect())
    }

    fn wish(&self, known: &Known) -> Facts {
        let mut wish = facts(json!({
            "name": name_of(&self.site),
            "tags": self.site.wished_tags(KEY_PAIR),
        }));
        if let Some(key) = self.own(known) {
            wish.insert("public_key".to_owned(), Value::from(key));
        }
        wish
    }

    fn mends(&self, fact: &str) -> bool {
        fact == "tags"
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        let name = name_of(&self.site);
        let account = known.text(VPC, "account").unwrap_or_default();
        let file = file_of(&self.site, &account)?;
        let public = self.public(&file)?;
        let made = self
            .site
            .ec2
            .import_key_pair()
            .key_name(&name)
            .public_key_material(Blob::new(public.clone()))
            .tag_specifications(self.site.specification(ResourceType::KeyPair, KEY_PAIR))
            .send()
            .await
            .during("ImportKeyPair")
            .explain(|| self.site.cannot(&format!("import the key pair {name}")))?;
        Ok(Found {
            id: made.key_pair_id().unwrap_or_default().to_owned(),
            facts: facts(json!({
                "name": name,
                "public_key": bare(&public),
                "tags": self.site.wished_tags(KEY_PAIR),
            })),
        })
    }

    async fn mend(&self, it: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        for wrong in differences {
            self.site.retag(&it.id, &wrong.expected).await?;
        }
        Ok(())
    }

    async fn delete(&self, it: &Found) -> Result<()> {
        let answer = self.site.ec2.delete_key_pair().key_pair_id(&it.id).send().await;
        match answer.during("DeleteKeyPair") {
            Err(error) if !error.is_not_found() => {
                Err(error.context(self.site.cannot(&format!("delete the key pair {}", it.id))))
            }
            _ => Ok(()),
        }
    }
}
