//! `ail-ami rm`: the image and its snapshots go.

use clap::Args;
use lib_common::asset::Kind;
use lib_common::lines::{List, Row};
use lib_common::{AssetId, Context, Error, Exit, Outcome, Result, tags};
use schemars::JsonSchema;
use serde::Serialize;

use crate::ec2::{Ec2, filter};
use crate::removal;
use crate::snapshots::Fate;
use crate::targets::{self, Choice, Gone, Target, Which};

/// What to remove.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    which: Which,
}

/// What became of one thing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Removed {
    /// `image` or `snapshot`
    #[serde(rename = "type")]
    kind: Kind,
    /// `ami-…` or `snap-…`
    id: String,
    /// The region it lies, or lay, in.
    region: String,
    /// What became of it.
    result: What,
    /// Why, where it was not removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What can become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// It is removed.
    Removed,
    /// It would be, without --dry-run.
    WouldRemove,
    /// It was gone before.
    Gone,
    /// It stays, because something else uses it.
    InUse,
    /// It could not be removed.
    Failed,
}

impl Row for Removed {
    const HEADS: &'static [&'static str] = &["TYPE", "ID", "REGION", "RESULT", "REASON"];

    fn cells(&self) -> Vec<String> {
        let result = match self.result {
            What::Removed => "removed",
            What::WouldRemove => "would remove",
            What::Gone => "gone",
            What::InUse => "in use",
            What::Failed => "failed",
        };
        let reason = self.reason.clone().unwrap_or_default();
        vec![self.kind.to_string(), self.id.clone(), self.region.clone(), result.to_owned(), reason]
    }
}

/// Removes the images and the snapshots, and prints what became of each.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let asset_id = context.asset_id(&record)?;
    let choice = targets::choose(context, &mut record, options.which).await?;
    targets::note_copies(context, &record, options.which)?;
    let ec2 = Ec2::new(context.aws(&mut record).await?);
    let orphans = orphans(&ec2, &choice, &asset_id).await?;

    let mut results = Results::new(context);
    if choice.found.is_empty() && orphans.is_empty() {
        let region = &ec2.region;
        context
            .progress()
            .say(&format!("no image and no snapshot of {asset_id} is left ({region})"));
    } else if !context.options().dry_run {
        context.confirm(&sentence(&choice, &orphans))?;
    }
    for Gone { ec2, id, .. } in &choice.gone {
        results.add(Kind::Image, id, ec2, What::Gone, None)?;
    }
    if context.options().dry_run {
        for Target { ec2, image, .. } in &choice.found {
            results.add(Kind::Image, &image.id, ec2, What::WouldRemove, None)?;
            for id in &image.snapshots {
                results.add(Kind::Snapshot, id, ec2, What::WouldRemove, None)?;
            }
        }
        for (ec2, id) in &orphans {
            results.add(Kind::Snapshot, id, ec2, What::WouldRemove, None)?;
        }
        return results.finish();
    }
    for target in choice.found {
        let (id, ec2) = (target.image.id.clone(), target.ec2.clone());
        let removal = async move { removal::remove(&target.ec2, &target.image).await };
        match context.undo().finish(removal).await {
            Ok(fates) => {
                results.add(Kind::Image, &id, &ec2, What::Removed, None)?;
                for (id, fate) in fates {
                    results.fate(&id, &ec2, fate)?;
                }
            }
            Err(error) => results.failed(Kind::Image, &id, &ec2, error)?,
        }
    }
    for (ec2, id) in orphans {
        let (snapshot, there) = (id.clone(), ec2.clone());
        let deletion = async move { there.delete_snapshot(&snapshot, None).await };
        let fate = context.undo().finish(deletion).await;
        results.fate(&id, &ec2, fate)?;
    }
    results.finish()
}

/// The snapshots that an interrupted removal left: of this asset, made by this tool or named
/// by the record, and behind no image.
async fn orphans(ec2: &Ec2, choice: &Choice, asset_id: &AssetId) -> Result<Vec<(Ec2, String)>> {
    let mut places = vec![ec2.clone()];
    for Gone { ec2, .. } in &choice.gone {
        if !places.iter().any(|place| place.region == ec2.region) {
            places.push(ec2.clone());
        }
    }
    let mut orphans = Vec::new();
    for place in places {
        let tagged = place
            .own_snapshots(vec![filter(&format!("tag:{}", tags::ASSET_ID), asset_id.as_str())])
            .await?;
        if tagged.is_empty() {
            continue;
        }
        // Also behind an image that this run does not touch.
        let images = place.own_by_asset_id(asset_id).await?;
        let behind = |id: &String| images.iter().any(|image| image.snapshots.contains(id));
        let free = tagged.into_iter().filter(|id| !behind(id));
        orphans.extend(free.map(|id| (place.clone(), id)));
    }
    Ok(orphans)
}

/// What is about to be destroyed.
fn sentence(choice: &Choice, orphans: &[(Ec2, String)]) -> String {
    let images = choice.found.iter().map(|target| {
        let snapshots = match target.image.snapshots.as_slice() {
            [] => String::new(),
            snapshots => format!(" and delete {}", snapshots.join(", ")),
        };
        format!("deregister {}{snapshots}", target.title())
    });
    let orphans = orphans.iter().map(|(ec2, id)| format!("delete {id} ({})", ec2.region));
    images.chain(orphans).collect::<Vec<_>>().join("; ")
}

/// The lines, and how they count.
struct Results {
    list: List<Removed>,
    done: usize,
    left: usize,
    first: Option<Error>,
}

impl Results {
    fn new(context: &Context) -> Self {
        Self { list: List::new(context.format()), done: 0, left: 0, first: None }
    }

    fn add(
        &mut self,
        kind: Kind,
        id: &str,
        ec2: &Ec2,
        result: What,
        reason: Option<String>,
    ) -> Result<()> {
        match result {
            What::InUse | What::Failed => self.left += 1,
            What::Removed => self.done += 1,
            What::WouldRemove | What::Gone => {}
        }
        let (id, region) = (id.to_owned(), ec2.region.clone());
        self.list.push(Removed { kind, id, region, result, reason })
    }

    fn failed(&mut self, kind: Kind, id: &str, ec2: &Ec2, error: Error) -> Result<()> {
        self.add(kind, id, ec2, What::Failed, Some(error.summary()))?;
        self.first.get_or_insert(error);
        Ok(())
    }

    fn fate(&mut self, id: &str, ec2: &Ec2, fate: Fate) -> Result<()> {
        match fate {
            Fate::Deleted => self.add(Kind::Snapshot, id, ec2, What::Removed, None),
            Fate::Gone => self.add(Kind::Snapshot, id, ec2, What::Gone, None),
            Fate::InUse(why) => self.add(Kind::Snapshot, id, ec2, What::InUse, Some(why)),
            Fate::Failed(error) => self.failed(Kind::Snapshot, id, ec2, error),
        }
    }

    /// Ends with 79 if something is left beside what was removed, and with the first error
    /// if nothing was removed at all.
    fn finish(self) -> Result<Outcome> {
        let Self { list, done, left, first } = self;
        list.finish()?;
        match (left, done, first) {
            (0, _, _) => Ok(Outcome::printed()),
            (_, 0, Some(error)) => Err(error),
            _ => Ok(Outcome::printed().with_code(Exit::Partial.code())),
        }
    }
}
