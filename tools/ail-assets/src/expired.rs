//! `ail-assets expired`.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use lib_common::asset::{Asset, Kind, Location};
use lib_common::lines::List;
use lib_common::{Context, Error, Exit, Outcome, Result};

use crate::account::{Account, Places};
use crate::find::{self, Task};
use crate::scope::Scope;
use crate::search::{Search, Whose};

/// As long as what a run takes down itself is marked to live.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How old is too old.
#[derive(Args)]
pub struct Options {
    /// Also list what is older than this, such as 90m, 24h or 7days, and of a kind that no
    /// release keeps, even if its ail:expires is still to come
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Duration>,

    #[command(flatten)]
    scope: Scope,
}

pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.new_record();
    let places = Places::new(options.scope.bucket.as_deref(), &record)?;
    let account = Account::open(context, &mut record, places).await?;
    let search = Search {
        whose: Whose::Anyone,
        kinds: options.scope.kinds(),
        run: None,
        runs_of_objects: false,
    };
    let mut found = find::all(&account, &search).await?;
    let limit = Limit::new(Timestamp::now(), options.older_than)?;
    found.assets.retain(|asset| limit.is_passed_by(asset));
    let mut list = List::new(context.format());
    for asset in &found.assets {
        list.push(asset.clone())?;
    }
    list.finish()?;
    found.is_complete()?;
    context.progress().say(&found.summary(&account.region));
    Ok(Outcome::printed())
}

/// When something is left behind.
struct Limit {
    now: Timestamp,
    oldest: Timestamp,
    /// Whether an age was asked for, which then counts beside `ail:expires`.
    asked: bool,
}

impl Limit {
    fn new(now: Timestamp, older_than: Option<Duration>) -> Result<Self> {
        let age = SignedDuration::try_from(older_than.unwrap_or(DAY)).ok();
        let oldest = age.and_then(|age| now.checked_sub(age).ok());
        let oldest = oldest.ok_or_else(|| {
            Error::new(Exit::Usage, "--older-than lies before the beginning of time")
        })?;
        Ok(Self { now, oldest, asked: older_than.is_some() })
    }

    fn is_passed_by(&self, asset: &Asset) -> bool {
        let time = |text: &Option<String>| text.as_deref()?.parse::<Timestamp>().ok();
        let expires = time(&asset.expires);
        let is_old = || time(&asset.created).is_some_and(|created| created <= self.oldest);
        match expires {
            Some(expires) if expires <= self.now => true,
            Some(_) => self.asked && passes(asset) && is_old(),
            None => passes(asset) && is_old(),
        }
    }
}

/// Whether it is of a kind that a run takes down again.
fn passes(asset: &Asset) -> bool {
    match asset.kind {
        Kind::Stack
        | Kind::Instance
        | Kind::Volume
        | Kind::SecurityGroup
        | Kind::KeyPair
        | Kind::KeyFile
        | Kind::Upload => true,
        Kind::Object => {
            let location = asset.id.parse::<Location>();
            location.is_ok_and(|location| Task::of_key(&location.key).is_some())
        }
        Kind::Image | Kind::Snapshot | Kind::ExportTask => false,
    }
}

fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write it as 90m, 24h or 7days"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(kind: Kind, created: &str, expires: Option<&str>) -> Asset {
        Asset {
            created: Some(created.to_owned()),
            expires: expires.map(str::to_owned),
            ..Asset::new(kind, "s3://b/ai_lab/1.0/ai-lab-1.0.vmdk")
        }
    }

    fn limit(older_than: Option<Duration>) -> Limit {
        let now = "2026-09-10T12:00:00Z".parse().expect("valid");
        Limit::new(now, older_than).expect("not too old")
    }

    #[test]
    fn a_time_that_has_passed_is_enough() {
        let young = "2026-09-10T11:00:00Z";
        for kind in [Kind::Stack, Kind::Image] {
            let passed = asset(kind, young, Some("2026-09-10T11:59:59Z"));
            assert!(limit(None).is_passed_by(&passed), "{kind}");
        }
        let coming = asset(Kind::Stack, young, Some("2026-09-10T12:00:01Z"));
        assert!(!limit(None).is_passed_by(&coming));
    }

    #[test]
    fn without_a_time_the_age_of_what_passes_counts() {
        let yesterday = "2026-09-09T12:00:00Z";
        assert!(limit(None).is_passed_by(&asset(Kind::Volume, yesterday, None)));
        assert!(!limit(None).is_passed_by(&asset(Kind::Volume, "2026-09-09T12:00:01Z", None)));
        assert!(!limit(None).is_passed_by(&asset(Kind::Snapshot, yesterday, None)));
        assert!(!limit(None).is_passed_by(&asset(Kind::Object, yesterday, None)));
        let mut exported = asset(Kind::Object, yesterday, None);
        exported.id = "s3://b/ai_lab/1.0/export-ami-0a.vmdk".to_owned();
        assert!(limit(None).is_passed_by(&exported));
    }

    #[test]
    fn an_age_that_is_asked_for_counts_beside_the_time() {
        let asset = asset(Kind::Stack, "2026-09-10T10:00:00Z", Some("2026-09-11T10:00:00Z"));
        assert!(!limit(None).is_passed_by(&asset));
        assert!(limit(Some(Duration::from_secs(3600))).is_passed_by(&asset));
        assert!(!limit(Some(Duration::from_secs(9000))).is_passed_by(&asset));
    }

    #[test]
    fn what_has_no_time_at_all_is_not_called_old() {
        let group = Asset::new(Kind::SecurityGroup, "sg-1");
        assert!(!limit(Some(Duration::ZERO)).is_passed_by(&group));
    }
}
