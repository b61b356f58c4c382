//! Which images a verb works on.

use aws_sdk_ec2::types::ImageState;
use clap::Args;
use lib_common::record::Image;
use lib_common::{AssetId, Context, Error, Exit, Record, Result};

use crate::copies::{Copies, Copy};
use crate::described::Described;
use crate::ec2::{Ec2, Named};

/// Which images.
#[derive(Args, Clone, Copy, Debug)]
pub struct Which {
    /// Also the record's copies in other regions
    #[arg(long)]
    pub copies: bool,

    /// All images of the asset id in the region, where there is more than one
    #[arg(long)]
    pub all: bool,
}

/// One image to work on.
#[derive(Clone, Debug)]
pub struct Target {
    pub ec2: Ec2,
    pub image: Described,
    place: Place,
}

/// Where the record tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Image,
    Copy,
    /// One of several: the record has no member for these.
    Nowhere,
}

/// An image of the record that is no more.
#[derive(Clone, Debug)]
pub struct Gone {
    pub ec2: Ec2,
    pub id: String,
    pub name: String,
}

/// What the record and the options mean.
#[derive(Debug, Default)]
pub struct Choice {
    pub found: Vec<Target>,
    pub gone: Vec<Gone>,
}

impl Target {
    /// As sentences name it: "ami-1 (ail-1.0, eu-central-1)".
    pub fn title(&self) -> String {
        format!("{} ({}, {})", self.image.id, self.image.name, self.ec2.region)
    }

    /// Refuses an image that is not available: it can neither be shared nor copied.
    pub fn check_available(&self) -> Result<()> {
        let what = format!("{} is {}, not available", self.title(), self.image.state);
        match self.image.state {
            ImageState::Available => Ok(()),
            ImageState::Pending | ImageState::Transient => Err(Error::new(Exit::Temporary, what)
                .next("wait for it with `ail-ami create`, then run the same command again")),
            _ => Err(Error::new(Exit::Refused, what)
                .because(self.image.reason.as_deref().unwrap_or("EC2 gives no reason"))),
        }
    }

    /// Puts what is now known of it into the record.
    pub fn put(&self, record: &mut Record, image: Image) -> Result<()> {
        match self.place {
            Place::Image => record.set(&image),
            Place::Copy => {
                let mut copies: Copies = record.get()?.unwrap_or_default();
                copies.put(Copy { region: self.ec2.region.clone(), image });
                record.set(&copies);
            }
            Place::Nowhere => {}
        }
        Ok(())
    }
}

/// The images to work on, at least one; one that is gone is an error.
pub async fn require(context: &Context, record: &mut Record, which: Which) -> Result<Vec<Target>> {
    let choice = choose(context, record, which).await?;
    choice.check(context, record)?;
    note_copies(context, record, which)?;
    Ok(choice.found)
}

/// Says that the copies are left out, where the record has some.
pub fn note_copies(context: &Context, record: &Record, which: Which) -> Result<()> {
    let copies: Copies = record.get()?.unwrap_or_default();
    if !which.copies && !copies.0.is_empty() {
        let note = format!("the copies in {} stay as they are (see --copies)", copies.regions());
        context.progress().say(&note);
    }
    Ok(())
}

/// The one image to work on.
pub async fn require_one(context: &Context, record: &mut Record) -> Result<Target> {
    let mut choice = choose(context, record, Which { copies: false, all: false }).await?;
    choice.check(context, record)?;
    Ok(choice.found.remove(0))
}

/// The images that the record names, or else those that carry the tag of the asset id:
/// one, unless all are asked for.
pub async fn choose(context: &Context, record: &mut Record, which: Which) -> Result<Choice> {
    // All that can be wrong with the input is told before the first call.
    let asset_id = record.asset_id()?;
    let image: Option<Image> = record.get()?;
    let copies: Copies = record.get()?.unwrap_or_default();
    let image = image.filter(|_| !which.all);
    if image.is_none() {
        context.asset_id(record)?;
    }
    let recorded = record.region()?;
    let config = context.aws(record).await?;
    let ec2 = Ec2::new(config);
    if let (Some(image), Some(recorded)) = (&image, recorded)
        && recorded != ec2.region
    {
        return Err(elsewhere(image, &recorded, &ec2.region));
    }
    let mut choice = Choice::default();
    match (image, &asset_id) {
        (Some(image), asset_id) => {
            choice.add(ec2, image, Place::Image, asset_id.as_ref()).await?;
        }
        (None, Some(asset_id)) => choice.add_tagged(ec2, asset_id, which.all).await?,
        (None, None) => {}
    }
    if which.copies {
        for Copy { region, image } in copies.0 {
            let there = Ec2::elsewhere(config, &region);
            choice.add(there, image, Place::Copy, asset_id.as_ref()).await?;
        }
    }
    Ok(choice)
}

impl Choice {
    /// Refuses what is gone, and nothing at all.
    fn check(&self, context: &Context, record: &Record) -> Result<()> {
        if let Some(Gone { id, name, ec2, .. }) = self.gone.first() {
            let what = format!("the image {id} ({name}, {}) does not exist", ec2.region);
            return Err(Error::new(Exit::NotFound, what)
                .next("make it again with `ail-ami create`, or check --region"));
        }
        if self.found.is_empty() {
            let region = record.region()?.unwrap_or_default();
            let what = format!("no image of {} exists ({region})", context.asset_id(record)?);
            return Err(Error::new(Exit::NotFound, what)
                .next("make it with `ail-ami create`, or check --asset-id and --region"));
        }
        Ok(())
    }

    /// Adds the image that the record names, if it is this account's and this asset's.
    async fn add(
        &mut self,
        ec2: Ec2,
        image: Image,
        place: Place,
        asset_id: Option<&AssetId>,
    ) -> Result<()> {
        let Image { id, name, .. } = image;
        match ec2.named(&id).await? {
            Named::Own(image) => {
                if let Some(asset_id) = asset_id.filter(|asset_id| !image.is_of(asset_id)) {
                    return Err(foreign_tag(&ec2, &image, asset_id));
                }
                self.found.push(Target { ec2, image: *image, place });
            }
            Named::Foreign(owner) => {
                let what = format!("the image {id} ({}) is not this account's own", ec2.region);
                return Err(Error::new(Exit::Permission, what)
                    .because(format!("its owner is {owner}"))
                    .next("use the owner's credentials"));
            }
            Named::Gone => self.gone.push(Gone { ec2, id, name }),
        }
        Ok(())
    }

    async fn add_tagged(&mut self, ec2: Ec2, asset_id: &AssetId, all: bool) -> Result<()> {
        let mut found = ec2.own_by_asset_id(asset_id).await?;
        found.sort_by(|a, b| a.created.cmp(&b.created).then_with(|| a.id.cmp(&b.id)));
        let several = found.len() > 1;
        if several && !all {
            let mut error = Error::new(
                Exit::BadInput,
                format!("{} images are of {asset_id} ({})", found.len(), ec2.region),
            );
            for image in &found {
                let made = image.created.map_or_else(String::new, |at| format!(", made {at:.0}"));
                error =
                    error.because(format!("{} ({}, {}{made})", image.id, image.name, image.state));
            }
            return Err(error.next("give a record that names one of them, or --all"));
        }
        let place = if several { Place::Nowhere } else { Place::Image };
        self.found.extend(found.into_iter().map(|image| Target { ec2: ec2.clone(), image, place }));
        Ok(())
    }
}

/// The image of the record lies in another region: there it would seem to be gone.
fn elsewhere(image: &Image, recorded: &str, region: &str) -> Error {
    let what = format!("the record's image {} lies in {recorded}, not in {region}", image.id);
    Error::new(Exit::Usage, what).next(format!(
        "give --region {recorded} (AWS_REGION counts too), and --copies for copies elsewhere"
    ))
}

fn foreign_tag(ec2: &Ec2, image: &Described, asset_id: &AssetId) -> Error {
    let what =
        format!("the image {} ({}, {}) is not of {asset_id}", image.id, image.name, ec2.region);
    Error::new(Exit::Exists, what)
        .because(format!("it is {}", image.tagged()))
        .next("check --asset-id, or correct the tag with `ail-tag add`")
}
