//! `ail-ami check`: whether the image can be made, before anything is spent on making it.

use lib_common::{Context, Outcome, Result};

use crate::earlier::{self, Earlier};
use crate::ec2::Ec2;

/// Passes the record through if the name of its image is free, or taken by its own image.
pub async fn run(context: &Context) -> Result<Outcome> {
    let mut record = context.record()?;
    let asset_id = context.asset_id(&record)?;
    let ec2 = Ec2::new(context.aws(&mut record).await?);
    let name = asset_id.image_name();
    let found = match earlier::look(&ec2, &name, &asset_id).await? {
        Earlier::Nothing => format!("the image name {name} is free ({})", ec2.region),
        Earlier::Available(image) => {
            format!("{} ({name}, {}) is there already", image.id, ec2.region)
        }
        Earlier::Pending(image) => format!("{} ({name}, {}) is being made", image.id, ec2.region),
        Earlier::Broken(image) => {
            format!("{} ({name}, {}) is {}", image.id, ec2.region, image.state)
        }
    };
    context.progress().say(&found);
    Ok(record.into())
}
