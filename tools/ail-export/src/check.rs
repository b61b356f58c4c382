//! `ail-export check`: whether an export can go where it is to go, and can be signed there,
//! before there is an image.

use clap::Args;
use lib_common::{AssetId, Context, Outcome, Result, aws};

use crate::destination;
use crate::job::Clients;
use crate::keys::{Choice, Source};
use crate::place::Place;
use crate::{preflight, signature, stored, sums};

/// Where the export is to go, and what it is to be signed by.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    destination: destination::Choice,
    #[command(flatten)]
    signing: Source,
}

/// Passes the record through if bucket and role are fit for an export, an image made in the
/// region can be exported, and the key is fit for `sign`.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.record()?;
    let signing = options.signing.choice()?;
    let unsigned = matches!(signing, Choice::Unsigned);
    let unsigned = unsigned.then(|| context.asset_id(&record)).transpose()?;
    let config = context.aws(&mut record).await?;
    let (clients, region) = (Clients::new(config), aws::region(config));
    let destination = options
        .destination
        .resolve(&clients.cloudformation, region)
        .await
        .map_err(|error| error.context(format!("cannot export images ({region})")))?;
    let account = preflight::check_before_image(context, &clients, &destination, region).await?;
    let (bucket, role) = (&destination.bucket, &destination.role);
    if let Some(asset_id) = unsigned {
        let place = Place { s3: clients.s3.clone(), bucket: bucket.clone(), account };
        nothing_is_signed(&place, &asset_id).await?;
    }
    let progress = context.progress();
    progress.say(&format!("s3://{bucket} and the role {role} are fit ({region})"));
    if let Choice::Signed(keys) = signing {
        progress.say(&format!("{} is the key to sign with", keys.public.to_base64()));
    }
    Ok(record.into())
}

/// `sign` writes no unsigned sums beside a signature; that is known hours before it.
async fn nothing_is_signed(place: &Place, asset_id: &AssetId) -> Result<()> {
    let key = format!("{}{}", asset_id.object_prefix(), sums::SIGNATURE_NAME);
    match stored::head(place, &key).await? {
        Some(_) => Err(signature::exists(&place.s3(&key))),
        None => Ok(()),
    }
}
