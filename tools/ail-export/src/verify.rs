//! `ail-export verify`: a published release, read as anybody reads it.

use std::time::Duration;

use clap::Args;
use lib_common::lines::List;
use lib_common::progress::Task;
use lib_common::record::{Bill, Checksums, Exports};
use lib_common::{AssetId, Context, Error, Exit, Outcome, Record, Result};
use minisign::PublicKey;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

use crate::download::{self, Deadline};
use crate::obstacle::Obstacle;
use crate::sums::Sums;
use crate::unread::Unread;
use crate::verified::{Verdict, Verified};
use crate::web::Web;
use crate::{keys, signature};

/// To read disks of many GiB over a long line.
const USUAL_TIMEOUT: Duration = Duration::from_secs(6 * 60 * 60);

/// What to verify.
#[derive(Args)]
pub struct Options {
    /// Address of the release's SHA256SUMS, instead of the record's
    #[arg(long, value_name = "URL", value_parser = address)]
    url: Option<Url>,

    /// Public key, RW…, or its file [default: AIL_PUBLIC_KEY, the record's]
    #[arg(long, value_name = "KEY", env = "AIL_PUBLIC_KEY", hide_env = true)]
    public_key: Option<String>,
}

fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    match url.scheme() {
        "https" | "http" => Ok(url),
        scheme => Err(format!("{scheme} is not https")),
    }
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let record = context.record_if_piped()?;
    let release = Release::of(&record, options)?;
    let limit = context.timeout(USUAL_TIMEOUT);
    let deadline = Deadline {
        at: Instant::now() + limit,
        limit: humantime::format_duration(limit).to_string(),
    };
    release.verify(context, &deadline).await
}

/// A release as it is published.
struct Release {
    sums: Url,
    signature: Url,
    public: PublicKey,
    /// Whether the public key is only what the record says.
    of_record: bool,
    /// What the record knows; nothing without one.
    known: Vec<Known>,
    asset_id: Option<AssetId>,
}

/// A file of which the record tells.
struct Known {
    file: String,
    url: String,
    bytes: u64,
    sha256: String,
}

impl Release {
    fn of(record: &Record, options: Options) -> Result<Self> {
        let checksums = record.get::<Checksums>()?;
        let known = Known::all(record)?;
        let signed = checksums.as_ref().and_then(|checksums| checksums.signature.as_ref());
        let given = options.public_key.filter(|key| !key.is_empty());
        let of_record = given.is_none();
        let public = given.or_else(|| signed.map(|signature| signature.public_key.clone()));
        let public = public.ok_or_else(|| {
            Error::new(Exit::Usage, "no public key is given").next(
                "give --public-key, or a record of a signed release (`ail-export sign`) on stdin",
            )
        })?;
        let sums = match (options.url, &checksums) {
            (Some(url), _) => url,
            (None, Some(checksums)) => address(&checksums.url)
                .map_err(|why| Error::new(Exit::BadInput, "checksums.url: no URL").because(why))?,
            (None, None) => {
                return Err(Error::new(Exit::Usage, "it is not said what to verify").next(
                    "give --url, or a record of a signed release (`ail-export sign`) on stdin",
                ));
            }
        };
        let mut signature = sums.clone();
        signature.set_path(&format!("{}.minisig", sums.path()));
        let asset_id = record.asset_id()?;
        Ok(Self { sums, signature, public: keys::public(&public)?, of_record, known, asset_id })
    }

    async fn verify(&self, context: &Context, deadline: &Deadline) -> Result<Outcome> {
        let web = Web::new();
        let (sums, told) = self.signed_sums(&web, deadline).await?;
        let what = match told {
            Some(told) => format!("{} of the release {told}", self.sums),
            None => format!("{}, of a release that it does not name,", self.sums),
        };
        context.progress().say(&match self.of_record {
            false => format!("{what} is signed by the key given"),
            true => format!(
                "{what} is signed by the record's own key {}; whose that is, only --public-key tells",
                self.public.to_base64()
            ),
        });
        let mut list = List::new(context.format());
        let (mut all, mut wrong, mut unread) = (0, Vec::new(), Unread::default());
        for (name, sum) in &sums.0 {
            let (verified, obstacle) = self.file(context, &web, deadline, name, sum).await?;
            match obstacle {
                Some(obstacle) => unread.push(name, obstacle),
                None => wrong.extend(verified.message.as_ref().map(|why| format!("{name}: {why}"))),
            }
            all += 1;
            list.push(verified)?;
        }
        for known in self.known.iter().filter(|known| !sums.0.contains_key(&known.file)) {
            let verified = known.unlisted();
            wrong.extend(verified.message.as_ref().map(|why| format!("{}: {why}", verified.file)));
            all += 1;
            list.push(verified)?;
        }
        list.finish()?;
        if wrong.is_empty() {
            return unread.outcome(all, &self.sums);
        }
        let what = format!("{} of {all} files beside {} are wrong", wrong.len(), self.sums);
        let error = Error::new(Exit::Failed, what);
        let error = wrong.into_iter().chain(unread.told()).fold(error, Error::because);
        Err(error.next("do not use them; `ail-export run` and `sign` publish a release again"))
    }

    /// The sums, once their signature is that of the key and of this release, and the release
    /// that the signature names.
    async fn signed_sums(&self, web: &Web, deadline: &Deadline) -> Result<(Sums, Option<String>)> {
        let text = whole(web, &self.sums, deadline).await?;
        let signature = whole(web, &self.signature, deadline).await?;
        let told = signature::verify(&self.public, &signature, &text).map_err(|why| {
            Error::new(Exit::Failed, format!("{} is not what the key signed", self.sums))
                .because(format!("{}: {why}", self.signature))
                .because("the sums, their signature or the key is another one")
                .next("do not use the release; `ail-export sign` signs it again")
        })?;
        if let Some(own) = &self.asset_id
            && told.as_deref() != Some(own.as_str())
        {
            let signed_for = match &told {
                Some(told) => format!("the release {told}, not {own}"),
                None => format!("a release that its signature does not name, maybe not {own}"),
            };
            let what = format!("{} was signed for {signed_for}", self.sums);
            return Err(Error::new(Exit::Failed, what));
        }
        let text = String::from_utf8(text).map_err(|error| error.to_string());
        let sums = text.and_then(|text| Sums::parse(&text)).map_err(|why| {
            Error::new(Exit::Failed, format!("{} has no sums", self.sums)).because(why)
        })?;
        Ok((sums, told))
    }

    /// Reads one file and compares it with its sum, and with the record where that knows it.
    /// The obstacle is why nothing is known of it.
    async fn file(
        &self,
        context: &Context,
        web: &Web,
        deadline: &Deadline,
        name: &str,
        sum: &str,
    ) -> Result<(Verified, Option<Obstacle>)> {
        let mut url = self.sums.clone();
        if let Ok(mut steps) = url.path_segments_mut() {
            steps.pop().push(name);
        }
        let known = self.known.iter().find(|known| known.file == name);
        let mut verified = Verified {
            file: name.to_owned(),
            url: url.to_string(),
            result: Verdict::Verified,
            bytes: None,
            sha256: None,
            message: None,
        };
        let shown = context.progress().task(name);
        let (hash, bytes) = match download::whole::<Sha256>(web, &url, deadline, &shown).await? {
            Ok(read) => read,
            Err(obstacle) => {
                verified.message = Some(obstacle.to_string());
                let is_missing = matches!(obstacle, Obstacle::Missing(_));
                verified.result = if is_missing { Verdict::Missing } else { Verdict::Unread };
                return Ok((verified, (!is_missing).then_some(obstacle)));
            }
        };
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        shown.done(&found);
        verified.message = if found != sum {
            Some(format!("its SHA-256 is {found}, signed is {sum}"))
        } else {
            known.and_then(|known| known.contradiction(&found, bytes))
        };
        if verified.message.is_some() {
            verified.result = Verdict::Differs;
        }
        (verified.bytes, verified.sha256) = (Some(bytes), Some(found));
        Ok((verified, None))
    }
}

impl Known {
    fn all(record: &Record) -> Result<Vec<Self>> {
        let exports = record.get::<Exports>()?.unwrap_or_default().0.into_iter();
        let exports = exports.map(|export| (export.key, export.url, export.bytes, export.sha256));
        let bill = record.get::<Bill>()?.into_iter();
        let bill = bill.map(|bill| (bill.key, bill.url, bill.bytes, bill.sha256));
        let known = exports.chain(bill).map(|(key, url, bytes, sha256)| {
            let file = key.rsplit_once('/').map_or(key.as_str(), |(_, name)| name).to_owned();
            Self { file, url, bytes, sha256 }
        });
        Ok(known.collect())
    }

    /// What the record says otherwise.
    fn contradiction(&self, found: &str, bytes: u64) -> Option<String> {
        if self.bytes != bytes {
            return Some(format!("{bytes} bytes came, the record says {}", self.bytes));
        }
        (self.sha256 != found)
            .then(|| format!("its SHA-256 is {found}, the record's {}", self.sha256))
    }

    fn unlisted(&self) -> Verified {
        Verified {
            file: self.file.clone(),
            url: self.url.clone(),
            result: Verdict::Unlisted,
            bytes: None,
            sha256: None,
            message: Some("the record has it, the signed sums do not".to_owned()),
        }
    }
}

/// A small file; that it cannot be read ends the verification.
async fn whole(web: &Web, url: &Url, deadline: &Deadline) -> Result<Vec<u8>> {
    let read = download::whole(web, url, deadline, &Task::silent()).await?;
    read.map(|(text, _)| text).map_err(|obstacle| {
        let what = match &obstacle {
            Obstacle::Missing(status) => format!("{url} is not published: HTTP {status}"),
            _ => format!("cannot read {url}"),
        };
        let error = Error::new(obstacle.exit(), what).next(obstacle.next());
        match obstacle {
            Obstacle::Missing(_) => error,
            _ => error.because(obstacle),
        }
    })
}
