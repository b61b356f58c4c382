//! `ail-ami create`: the image of the record's instance.

use std::time::Duration;

use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::{Image, Instance};
use lib_common::tags::Tags;
use lib_common::{AssetId, Context, Error, Exit, Outcome, Record, Result};

use crate::described::Described;
use crate::earlier::{self, Earlier};
use crate::ec2::{Ec2, tagged};
use crate::making::{self, Making};
use crate::permissions::launch_permissions;
use crate::{available, plan};

/// The first snapshot of a volume of some ten GiB takes 5 to 20 minutes; more is a sign that
/// something is wrong.
const FIT: Duration = Duration::from_secs(60 * 60);

/// How to make it.
#[derive(Args)]
pub struct Options {
    /// Do not stop the instance: what it has not written to its disk yet is lost
    #[arg(long)]
    no_reboot: bool,

    /// Description of the image [default: the asset id and the instance]
    #[arg(long, value_name = "TEXT", value_parser = description)]
    description: Option<String>,
}

/// Makes the image, or takes the one that is there.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let asset_id = context.asset_id(&record)?;
    // Read before any call, so that a wrong type is told before anything happened.
    record.get::<Image>()?;
    record.get::<Instance>()?;
    let ec2 = Ec2::new(context.aws(&mut record).await?);
    let name = asset_id.image_name();
    let earlier = earlier::look(&ec2, &name, &asset_id).await?;
    if context.options().dry_run {
        return plan::show(&steps(&ec2, &name, &record, &options, &earlier)?);
    }

    let image = match earlier {
        Earlier::Available(image) => {
            let what = format!("{} ({name}, {}) is there already", image.id, ec2.region);
            context.progress().say(&what);
            image
        }
        Earlier::Pending(image) => attach(context, &ec2, &image).await?,
        Earlier::Broken(image) => {
            // Without an instance it could not be made again.
            let instance = record.require()?;
            making::clear(context, &ec2, &image).await?;
            make(context, &ec2, &asset_id, &instance, &options).await?
        }
        Earlier::Nothing => make(context, &ec2, &asset_id, &record.require()?, &options).await?,
    };
    let permissions = launch_permissions(&ec2, &image.id).await?;
    record.set(&image.member(permissions.accounts()));
    Ok(record.into())
}

/// Waits for the image that another run began. It is that run's: an interruption leaves it.
async fn attach(context: &Context, ec2: &Ec2, image: &Described) -> Result<Described> {
    let Described { id, name, .. } = image;
    let what = format!("{id} ({name}, {}) is being made already: waiting for it", ec2.region);
    context.progress().say(&what);
    let waited = available::wait(context, ec2, id, name, FIT).await;
    match waited {
        Err(error) if error.exit() == Exit::Failed => {
            if let Some(broken) = ec2.by_id(id).await? {
                making::clear(context, ec2, &broken).await?;
            }
            Err(error.done(format!("{id} is removed")).next("run the same command again"))
        }
        waited => waited,
    }
}

async fn make(
    context: &Context,
    ec2: &Ec2,
    asset_id: &AssetId,
    instance: &Instance,
    options: &Options,
) -> Result<Described> {
    let name = asset_id.image_name();
    let making = Making::new(context, ec2, &name, asset_id);
    let call = create_image(
        ec2.clone(),
        instance.id.clone(),
        name.clone(),
        options
            .description
            .clone()
            .unwrap_or_else(|| format!("{asset_id}, made of {} by ail-ami", instance.id)),
        options.no_reboot,
        context.lasting_tags(asset_id),
    );
    let (id, _) = making.ask(context, call).await?;
    context.progress().say(&format!("{id} ({name}, {}) of {}", ec2.region, instance.id));
    available::wait(context, ec2, &id, &name, FIT).await.map_err(|error| match error.exit() {
        // What is taken back cannot be waited for again.
        Exit::TimedOut => error.next("give a longer --timeout"),
        _ => error,
    })
}

async fn create_image(
    ec2: Ec2,
    instance: String,
    name: String,
    description: String,
    no_reboot: bool,
    tags: Tags,
) -> Result<String> {
    let answer = ec2
        .client
        .create_image()
        .instance_id(&instance)
        .name(&name)
        .description(description)
        .no_reboot(no_reboot)
        .set_tag_specifications(Some(tagged(&tags)))
        .send()
        .await
        .during("CreateImage")
        .explain(|| format!("cannot make the image {name} of {instance} ({})", ec2.region))?;
    answer.image_id.ok_or_else(|| Error::new(Exit::Refused, "CreateImage: no id in the answer"))
}

fn steps(
    ec2: &Ec2,
    name: &str,
    record: &Record,
    options: &Options,
    earlier: &Earlier,
) -> Result<Vec<String>> {
    let region = &ec2.region;
    let create = || -> Result<String> {
        let instance: Instance = record.require()?;
        let how = match options.no_reboot {
            true => "without a reboot",
            false => "which reboots",
        };
        Ok(format!("would create the image {name} of {}, {how} ({region})", instance.id))
    };
    Ok(match earlier {
        Earlier::Available(image) => {
            vec![format!("nothing to do: {} is {name} ({region})", image.id)]
        }
        Earlier::Pending(image) => {
            vec![format!("would wait for {}, which is {name} ({region})", image.id)]
        }
        Earlier::Broken(image) => vec![
            format!("would remove {}, which is {name} and {} ({region})", image.id, image.state),
            create()?,
        ],
        Earlier::Nothing => vec![create()?],
    })
}

/// EC2: at most 255 characters.
fn description(text: &str) -> Result<String, String> {
    match text.chars().count() {
        0 => Err("it is empty".to_owned()),
        1..=255 => Ok(text.to_owned()),
        n => Err(format!("EC2 takes at most 255 characters; this has {n}")),
    }
}
