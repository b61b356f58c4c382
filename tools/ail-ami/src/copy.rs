//! `ail-ami copy`: the image in other regions.

use std::collections::BTreeSet;
use std::time::Duration;

use clap::Args;
use futures::{StreamExt, stream};
use lib_common::aws::{During, Explain};
use lib_common::record::Image;
use lib_common::tags::Tags;
use lib_common::undo::Ticket;
use lib_common::{AssetId, Context, Error, Exit, Outcome, Result};

use crate::copies::{Copies, Copy};
use crate::described::Described;
use crate::earlier::{self, Earlier};
use crate::ec2::{Ec2, tagged};
use crate::making::{self, Making};
use crate::permissions::launch_permissions;
use crate::targets::{self, Target};
use crate::{available, plan};

/// A copy between continents moves some ten GiB in 10 to 60 minutes.
const FIT: Duration = Duration::from_secs(2 * 60 * 60);

/// Copies at once; EC2 has a quota of 100 in progress in a region.
const AT_ONCE: usize = 8;

/// Where to.
#[derive(Args)]
pub struct Options {
    /// Region to copy to; again, or with commas, for more
    #[arg(long, required = true, value_name = "REGION", value_delimiter = ',')]
    to: Vec<String>,
}

/// What there is to do in one region.
struct Errand {
    ec2: Ec2,
    earlier: Earlier,
}

/// Copies the image to each region that has no copy yet.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record_if_piped()?;
    let asset_id = context.asset_id(&record)?;
    let mut copies: Copies = record.get()?.unwrap_or_default();
    let regions: BTreeSet<_> = options.to.into_iter().collect();
    let source = targets::require_one(context, &mut record).await?;
    check(&source, &regions).await?;

    let config = context.aws(&mut record).await?;
    let mut errands = Vec::new();
    for region in &regions {
        let ec2 = Ec2::elsewhere(config, region);
        let earlier = earlier::look(&ec2, &source.image.name, &asset_id).await?;
        check_origin(&ec2, &source, &earlier)?;
        errands.push(Errand { ec2, earlier });
    }
    if context.options().dry_run {
        let steps: Vec<_> = errands.iter().flat_map(|errand| errand.steps(&source)).collect();
        return plan::show(&steps);
    }

    let results: Vec<Result<Done>> = stream::iter(errands)
        .map(|errand| errand.run(context, &source, &asset_id))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let (done, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let done: Vec<Done> = done.into_iter().flatten().collect();
    if record.get::<Image>()?.is_none() {
        let permissions = launch_permissions(&source.ec2, &source.image.id).await?;
        source.put(&mut record, source.image.member(permissions.accounts()))?;
    }
    for Done { region, image, .. } in &done {
        copies.put(Copy { region: region.clone(), image: image.clone() });
    }
    copies.0.sort_by(|a, b| a.region.cmp(&b.region));
    record.set(&copies);
    let mut failed = failed.into_iter().filter_map(Result::err);
    let Some(first) = failed.next() else {
        return Ok(record.into());
    };
    let error = failed.fold(first, |error, other| error.because(other.summary()));
    if done.is_empty() {
        return Err(error);
    }
    // What is copied stays; what failed is taken back.
    for Done { region, image, ticket } in done {
        ticket.into_iter().for_each(|ticket| context.undo().settle(ticket));
        context.undo().keep(format!("{} ({}, {region}) is available", image.id, image.name));
    }
    Err(error.partial(record))
}

/// Refuses what cannot be copied, and regions that are none.
async fn check(source: &Target, regions: &BTreeSet<String>) -> Result<()> {
    let ec2 = &source.ec2;
    if regions.contains(&ec2.region) {
        let what = format!("{} lies in {} already", source.title(), ec2.region);
        return Err(Error::new(Exit::Usage, what).next("give other regions as --to"));
    }
    source.check_available()?;
    let request = ec2.client.describe_regions().all_regions(true);
    let answer = request
        .send()
        .await
        .during("DescribeRegions")
        .explain(|| "cannot tell which regions there are".to_owned())?;
    for wanted in regions {
        let known = answer.regions().iter().find(|r| r.region_name() == Some(wanted.as_str()));
        match known.map(|region| region.opt_in_status().unwrap_or_default()) {
            None => {
                return Err(Error::new(Exit::Usage, format!("there is no region {wanted}"))
                    .next("see `aws ec2 describe-regions --all-regions`"));
            }
            Some("not-opted-in") => {
                return Err(Error::new(
                    Exit::Refused,
                    format!("the region {wanted} is not enabled for this account"),
                )
                .next(format!("enable it: `aws account enable-region --region-name {wanted}`")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Refuses to take for the copy what is a copy of another image.
fn check_origin(ec2: &Ec2, source: &Target, earlier: &Earlier) -> Result<()> {
    let (Earlier::Available(there) | Earlier::Pending(there)) = earlier else {
        return Ok(());
    };
    match &there.copied_from {
        Some(origin) if *origin != source.image.id => {
            let what = format!(
                "{} ({}, {}) is a copy of {origin}, not of {}",
                there.id, there.name, ec2.region, source.image.id
            );
            Err(Error::new(Exit::Exists, what).next(format!(
                "remove it with `ail-ami rm --asset-id '{}' --region {}`, then run this again",
                there.asset_id.as_deref().unwrap_or_default(),
                ec2.region
            )))
        }
        _ => Ok(()),
    }
}

/// A copy that is available.
struct Done {
    region: String,
    image: Image,
    /// Takes it back, if this run made it.
    ticket: Option<Ticket>,
}

impl Errand {
    async fn run(self, context: &Context, source: &Target, asset_id: &AssetId) -> Result<Done> {
        let Self { ec2, earlier } = self;
        let (image, ticket) = match earlier {
            Earlier::Available(there) => {
                let what =
                    format!("{} ({}, {}) is there already", there.id, there.name, ec2.region);
                context.progress().say(&what);
                (there, None)
            }
            Earlier::Pending(there) => {
                (available::wait(context, &ec2, &there.id, &there.name, FIT).await?, None)
            }
            Earlier::Broken(broken) => {
                making::clear(context, &ec2, &broken).await?;
                copy(context, &ec2, source, asset_id).await?
            }
            Earlier::Nothing => copy(context, &ec2, source, asset_id).await?,
        };
        let permissions = launch_permissions(&ec2, &image.id).await?;
        let image = image.member(permissions.accounts());
        Ok(Done { region: ec2.region, image, ticket })
    }

    fn steps(&self, source: &Target) -> Vec<String> {
        let region = &self.ec2.region;
        let copy = format!("would copy {} to {region}", source.title());
        match &self.earlier {
            Earlier::Available(there) => {
                vec![format!("nothing to do: {} is {} ({region})", there.id, there.name)]
            }
            Earlier::Pending(there) => {
                vec![format!("would wait for {}, which is {} ({region})", there.id, there.name)]
            }
            Earlier::Broken(there) => {
                let Described { id, name, state, .. } = there;
                vec![format!("would remove {id}, which is {name} and {state} ({region})"), copy]
            }
            Earlier::Nothing => vec![copy],
        }
    }
}

async fn copy(
    context: &Context,
    ec2: &Ec2,
    source: &Target,
    asset_id: &AssetId,
) -> Result<(Described, Option<Ticket>)> {
    let name = &source.image.name;
    let making = Making::new(context, ec2, name, asset_id);
    let call = copy_image(
        ec2.clone(),
        source.clone(),
        // Of this run, so that a lost answer is repeated and not doubled; not of the asset
        // alone, for EC2 would then answer with the copy that was removed last week.
        format!("{}-{}-{}", context.run(), ec2.region, source.image.id),
        context.lasting_tags(asset_id),
    );
    let (id, ticket) = making.ask(context, call).await?;
    context.progress().say(&format!("{id} ({name}, {}) of {}", ec2.region, source.title()));
    let image = available::wait(context, ec2, &id, name, FIT).await.map_err(|error| {
        match error.exit() {
            // What is taken back cannot be waited for again.
            Exit::TimedOut => error.next("give a longer --timeout"),
            _ => error,
        }
    })?;
    Ok((image, Some(ticket)))
}

async fn copy_image(ec2: Ec2, source: Target, token: String, tags: Tags) -> Result<String> {
    let Target { ec2: there, image, .. } = &source;
    let answer = ec2
        .client
        .copy_image()
        .source_region(&there.region)
        .source_image_id(&image.id)
        .name(&image.name)
        .description(format!("{}, copied from {} by ail-ami", image.name, there.region))
        .client_token(token)
        .set_tag_specifications(Some(tagged(&tags)))
        .send()
        .await
        .during("CopyImage")
        .explain(|| format!("cannot copy {} to {}", source.title(), ec2.region))?;
    answer.image_id.ok_or_else(|| Error::new(Exit::Refused, "CopyImage: no id in the answer"))
}
