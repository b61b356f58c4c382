//! `ail-export sign`.

use clap::Args;
use lib_common::aws::{self, Explain};
use lib_common::record::{self, Checksums, Export, Exports, Signature};
use lib_common::{AssetId, Context, Error, Exit, Outcome, Record, Result, lines};

use crate::beside::{Beside, Content};
use crate::bill::{self, Bill};
use crate::destination::Choice;
use crate::job::Clients;
use crate::keys::{self, Keys, Source};
use crate::place::Place;
use crate::served::{self, Distribution};
use crate::sums::{self, Sums};
use crate::{files, preflight, signature};

/// How to sign.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    source: Source,

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
    let keys = match options.source.choice()? {
        keys::Choice::Signed(keys) => Some(keys),
        keys::Choice::Unsigned => None,
        keys::Choice::Open => return Err(no_key()),
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
    let mut sums = files::sums(context, &place, &asset_id, &exports).await.explain(what)?;
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
            return Err(signature::exists(&self.place.s3(&signature_file.key)));
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

    /// The keys of what was published before with another content, or is gone. Where no sums
    /// tell of what was before, as after a removal, the edges may hold any file of the release.
    fn replaced(&self, before: Option<&Content>, sums: &Sums) -> Vec<String> {
        let prefix = self.asset_id.object_prefix();
        let before = before.and_then(|before| std::str::from_utf8(&before.bytes).ok());
        match before.and_then(|before| Sums::parse(before).ok()) {
            Some(before) => {
                before.changed_in(sums).iter().map(|name| format!("{prefix}{name}")).collect()
            }
            None => vec![format!("{prefix}{}", served::ALL)],
        }
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
