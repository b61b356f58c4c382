//! `ail-export sign`.

use std::time::Duration;

use aws_sdk_s3::types::Object;
use clap::Args;
use futures::stream::{self, StreamExt, TryStreamExt};
use lib_common::aws::{self, During, Explain};
use lib_common::record::{self, Checksums, Export, Exports, Signature};
use lib_common::wait::Waiter;
use lib_common::{AssetId, Context, Error, Exit, Outcome, Record, Result, lines};

use crate::beside::{Beside, Content};
use crate::bill::{self, Bill};
use crate::destination::Choice;
use crate::job::Clients;
use crate::keys::{Keys, Source};
use crate::place::Place;
use crate::served::{self, Distribution};
use crate::sums::{self, Sums};
use crate::{digest, preflight, signature, stored};

/// To read a disk of many GiB over a long line.
const READING: Duration = Duration::from_secs(6 * 60 * 60);
/// A few small answers at once; a release has few files.
const AT_ONCE: usize = 8;

/// How to sign.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,

    /// Write the sums alone; nobody can tell then who did
    #[arg(long, conflicts_with = "secret_key")]
    unsigned: bool,

    /// Stack whose outputs name the distribution that serves the bucket
    #[arg(
        long,
        env = "AIL_BUCKET_STACK",
        value_name = "NAME",
        hide_env = true,
        default_value = "AIL-VM-BUCKET"
    )]
    bucket_stack: String,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let asset_id = context.asset_id(&record)?;
    let exports = record.require::<Exports>()?.0;
    let bucket = bucket_of(&exports, &asset_id)?;
    let keys = match options.unsigned {
        true => None,
        false => Some(options.source.read()?.ok_or_else(no_key)?),
    };

    let config = context.aws(&mut record).await?;
    let (clients, region) = (Clients::new(config), aws::region(config).to_owned());
    let what = || format!("cannot sign the exports of {asset_id} in s3://{bucket} ({region})");
    let stack = &options.bucket_stack;
    let distribution = Choice::distribution(&clients.cloudformation, stack, &bucket, &region);
    let (account, distribution) =
        tokio::try_join!(preflight::account(&clients.sts), distribution).explain(what)?;
    let place = Place { s3: clients.s3.clone(), bucket: bucket.clone(), account };
    let bill = Bill::look(context, &place, &asset_id, &record).await.explain(what)?;
    let mut sums = sums_of(context, &place, &asset_id, &exports).await.explain(what)?;
    match bill.measures() {
        Some((_, sum)) => drop(sums.0.insert(bill::name(&asset_id), sum)),
        None => context.progress().say(&format!(
            "without a bill of materials: neither the record nor s3://{bucket}/{} has one; an \
             image that is made anew gets it by `ail-provision inventory`",
            bill.key()
        )),
    }
    let signing =
        Signing { context, clients: &clients, place, asset_id: &asset_id, keys, distribution };
    signing.run(&mut record, &sums, bill).await.explain(what)
}

fn no_key() -> Error {
    Error::new(Exit::Usage, "no key to sign with is given").next(
        "give --secret-key FILE, or set AIL_SIGNING_KEY (`ail-export keygen FILE` makes one); \
         or give --unsigned",
    )
}

/// The one bucket of the exports, which must be this release's.
fn bucket_of(exports: &[Export], asset_id: &AssetId) -> Result<String> {
    let Some(first) = exports.first() else {
        return Err(Error::new(Exit::BadInput, "the record has no exports")
            .next("make them with `ail-export run`"));
    };
    let stray = |export: &&Export| {
        export.bucket != first.bucket || !export.key.starts_with(&asset_id.object_prefix())
    };
    match exports.iter().find(stray) {
        Some(stray) => Err(Error::new(
            Exit::BadInput,
            format!(
                "s3://{}/{} lies not with the release {asset_id} in s3://{}",
                stray.bucket, stray.key, first.bucket
            ),
        )),
        None => Ok(first.bucket.clone()),
    }
}

/// The sums of all files of the release, each of which must be there whole, but for the bill.
async fn sums_of(
    context: &Context,
    place: &Place,
    asset_id: &AssetId,
    exports: &[Export],
) -> Result<Sums> {
    let prefix = asset_id.object_prefix();
    let mut names = files(place, &prefix).await?;
    names.retain(|name| *name != bill::name(asset_id));
    if let Some(missing) = exports
        .iter()
        .find(|export| !names.iter().any(|name| export.key.strip_prefix(&prefix) == Some(name)))
    {
        return Err(Error::new(Exit::NotFound, format!("{} is not there", place.s3(&missing.key)))
            .next("run `ail-export run` with the same record again"));
    }
    let sums = stream::iter(names)
        .map(|name| async {
            let key = format!("{prefix}{name}");
            let known = exports.iter().find(|export| export.key == key);
            sum(context, place, &key, known).await.map(|sum| (name, sum))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Sums(sums))
}

/// The names of the release's files. Objects that EC2 has written and that have no name yet
/// are none, nor are sums and signature.
async fn files(place: &Place, prefix: &str) -> Result<Vec<String>> {
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

/// The SHA-256 of a file: as its metadata and the record say, else by reading it.
async fn sum(
    context: &Context,
    place: &Place,
    key: &str,
    known: Option<&Export>,
) -> Result<String> {
    let missing = || Error::new(Exit::NotFound, format!("{} is gone", place.s3(key)));
    let stored = stored::head(place, key).await?.ok_or_else(missing)?;
    let sum = match &stored.marks {
        Some(marks) => marks.sha256.clone(),
        // Not put there by `run`: what the record says of it was perhaps said of another one.
        None => {
            let shown = context.progress().task(format!("sha256 of {key}"));
            let waiter =
                Waiter::new(format!("{} to be read", place.s3(key)), context.timeout(READING));
            let sum = digest::sha256(place, key, &stored, &waiter, &shown).await?;
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

/// What is to be signed, and where.
struct Signing<'a> {
    context: &'a Context,
    clients: &'a Clients,
    place: Place,
    asset_id: &'a AssetId,
    keys: Option<Keys>,
    distribution: Option<Distribution>,
}

impl Signing<'_> {
    async fn run(&self, record: &mut Record, sums: &Sums, mut bill: Bill) -> Result<Outcome> {
        let (sums_file, signature_file) =
            (self.beside(sums::NAME), self.beside(sums::SIGNATURE_NAME));
        let (before, signature_before) = tokio::try_join!(sums_file.read(), signature_file.read())?;
        if let (None, Some(_)) = (&self.keys, &signature_before) {
            let object = self.place.s3(&signature_file.key);
            return Err(Error::new(Exit::Exists, format!("{object} exists already"))
                .because("sums that are written without a key would not be what it signs")
                .next("give the key, not --unsigned"));
        }
        let text = sums.to_string();
        let written = before.as_ref().is_some_and(|before| before.is(&text));
        let signed = written && self.is_signed(signature_before.as_ref(), &text);
        let mut replaced = self.replaced(before.as_ref(), sums);
        if self.context.options().dry_run {
            lines::print(&bill.plan())?;
            return self.plan(&sums_file.key, sums, written, signed, &replaced);
        }
        if bill.replaces() && !replaced.iter().any(|key| key == bill.key()) {
            replaced.push(bill.key().to_owned());
        }
        bill.write().await?;
        // Before the sums are written, so that a run that is killed in between does it again.
        self.forget(&replaced).await?;
        let mut rewritten = Vec::new();
        if !written {
            rewritten.extend(before.is_some().then(|| sums_file.key.clone()));
            sums_file.write(Content::text(&text), before).await?;
        }
        if let (Some(keys), false) = (&self.keys, signed) {
            let signature = signature::sign(keys, &text, self.asset_id)
                .map_err(|error| Error::new(Exit::Failed, "cannot sign the sums").because(error))?;
            rewritten.extend(signature_before.is_some().then(|| signature_file.key.clone()));
            signature_file.write(Content::text(&signature), signature_before).await?;
        }
        // Where a run is killed before this, the edges ask again after a second themselves.
        self.forget(&rewritten).await?;
        self.told(record, &sums_file, &signature_file, &bill).await
    }

    /// Has CloudFront forget what it holds of these keys.
    async fn forget(&self, keys: &[String]) -> Result<()> {
        match &self.distribution {
            Some(distribution) if !keys.is_empty() => {
                distribution.forget(self.context, &self.clients.cloudfront, keys).await
            }
            _ => Ok(()),
        }
    }

    fn beside(&self, name: &str) -> Beside {
        Beside {
            context: self.context.clone(),
            place: self.place.clone(),
            asset_id: self.asset_id.clone(),
            key: format!("{}{name}", self.asset_id.object_prefix()),
            content_type: "text/plain; charset=utf-8",
        }
    }

    fn is_signed(&self, signature: Option<&Content>, text: &str) -> bool {
        let Some(keys) = &self.keys else { return true };
        let release = signature.and_then(|signature| {
            signature::verify(&keys.public, &signature.bytes, text.as_bytes()).ok()
        });
        release.flatten().as_deref() == Some(self.asset_id.as_str())
    }

    /// The keys of what was published before with another content, or is gone.
    fn replaced(&self, before: Option<&Content>, sums: &Sums) -> Vec<String> {
        let before = before.and_then(|before| std::str::from_utf8(&before.bytes).ok());
        let before = before.and_then(|before| Sums::parse(before).ok()).unwrap_or_default();
        let prefix = self.asset_id.object_prefix();
        before.changed_in(sums).iter().map(|name| format!("{prefix}{name}")).collect()
    }

    fn plan(
        &self,
        key: &str,
        sums: &Sums,
        written: bool,
        signed: bool,
        replaced: &[String],
    ) -> Result<Outcome> {
        let (object, count) = (self.place.s3(key), sums.0.len());
        if let Some(distribution) = &self.distribution {
            for key in replaced {
                let url = distribution.url(key);
                lines::print(&format!("would have {} forget {url}\n", distribution.id))?;
            }
        }
        let verb = if written { "keep" } else { "write" };
        lines::print(&format!("would {verb} {object}, the sums of {count} files\n"))?;
        if let Some(keys) = &self.keys {
            let verb = if signed { "keep" } else { "write" };
            let public = keys.public.to_base64();
            lines::print(&format!("would {verb} {object}.minisig, by the key {public}\n"))?;
        }
        Ok(Outcome::printed())
    }

    async fn told(
        &self,
        record: &mut Record,
        sums: &Beside,
        signature: &Beside,
        bill: &Bill,
    ) -> Result<Outcome> {
        let url = async |key: &str| {
            served::url(self.distribution.as_ref(), &self.place.s3, &self.place.bucket, key).await
        };
        let signature = match &self.keys {
            None => None,
            Some(keys) => Some(Signature {
                url: url(&signature.key).await?,
                key: signature.key.clone(),
                public_key: keys.public.to_base64(),
            }),
        };
        record.set(&Checksums {
            bucket: self.place.bucket.clone(),
            url: url(&sums.key).await?,
            key: sums.key.clone(),
            signature,
        });
        match bill.measures() {
            None => record.remove::<record::Bill>(),
            Some((bytes, sha256)) => record.set(&record::Bill {
                bucket: self.place.bucket.clone(),
                url: url(bill.key()).await?,
                key: bill.key().to_owned(),
                bytes,
                sha256,
            }),
        }
        Ok(std::mem::take(record).into())
    }
}
