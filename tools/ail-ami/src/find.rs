//! `ail-ami find`: the image that a release starts from.

use aws_sdk_ec2::types::Filter;
use clap::Args;
use lib_common::aws::{During, Explain};
use lib_common::record::SourceImage;
use lib_common::vendor::{self, Owner};
use lib_common::{Context, Error, Exit, Outcome, Result};

use crate::described::Described;
use crate::ec2::{Ec2, filter, is_gone};

/// Which image to look for.
#[derive(Args)]
pub struct Options {
    /// Name to look for, with * and ? [env: AIL_SOURCE_NAME]
    #[arg(
        long,
        env = "AIL_SOURCE_NAME",
        hide_env = true,
        value_name = "PATTERN",
        default_value = "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"
    )]
    name: String,

    /// Account that owns the image: Canonical's by default, 136693071363 is Debian's
    /// [env: AIL_SOURCE_OWNER]
    #[arg(
        long,
        env = "AIL_SOURCE_OWNER",
        hide_env = true,
        value_name = "ID",
        default_value = "099720109477"
    )]
    owner: Owner,

    /// Architecture of the image
    #[arg(long, value_name = "ARCH", default_value = "x86_64",
          value_parser = ["x86_64", "arm64"])]
    architecture: String,

    /// User that the image lets in by key [env: AIL_SOURCE_USER] [default: the one of the
    /// owner's images, such as ubuntu for Canonical, admin for Debian]
    #[arg(long, env = "AIL_SOURCE_USER", hide_env = true, value_name = "NAME")]
    user: Option<String>,

    /// The image of this id, whatever its name, owner and architecture
    #[arg(long, value_name = "AMI", value_parser = image_id)]
    id: Option<String>,
}

/// Looks for the image.
pub async fn run(context: &Context, options: Options) -> Result<Outcome> {
    let mut record = context.new_record();
    if options.id.is_none() {
        // Said before the call, for no answer would help.
        user(&options, options.owner.as_str())?;
    }
    let ec2 = Ec2::new(context.aws(&mut record).await?);
    let image = match &options.id {
        Some(id) => the_one(&ec2, id).await?,
        None => the_newest(&ec2, &options).await?,
    };
    let user = user(&options, &image.owner)?;
    let what = format!("{} is {} (owner {}, {})", image.id, image.name, image.owner, ec2.region);
    context.progress().say(&what);
    if image.marketplace {
        let warning = format!(
            "{} has Marketplace product codes: EC2 will not export what is made of it",
            image.id
        );
        context.progress().say(&warning);
    }
    record.set(&SourceImage {
        id: image.id,
        name: image.name,
        owner: image.owner,
        user,
        architecture: image.architecture,
        root_device: image.root_device,
        volume_gib: image.volume_gib,
    });
    Ok(record.into())
}

fn user(options: &Options, owner: &str) -> Result<String> {
    let known = || vendor::user(owner).map(str::to_owned);
    options.user.clone().filter(|user| !user.is_empty()).or_else(known).ok_or_else(|| {
        Error::new(Exit::Usage, format!("the user that the images of {owner} let in is not known"))
            .next("give --user, or set AIL_SOURCE_USER")
    })
}

async fn the_one(ec2: &Ec2, id: &str) -> Result<Described> {
    let request = ec2.client.describe_images().image_ids(id);
    let found = match request.send().await.during("DescribeImages") {
        Err(error) if is_gone(error.code()) => Vec::new(),
        answer => answer
            .explain(|| format!("cannot look for the image {id} ({})", ec2.region))?
            .images
            .unwrap_or_default(),
    };
    let mut found = found.into_iter().map(Described::from);
    match (found.next(), found.next()) {
        (Some(image), None) if image.state.as_str() == "available" => Ok(image),
        (Some(image), None) => Err(Error::new(
            Exit::NotFound,
            format!("the image {id} is {}, not available ({})", image.state, ec2.region),
        )),
        (Some(_), Some(_)) => Err(Error::new(
            Exit::BadInput,
            format!("the id {id} stands for several images ({})", ec2.region),
        )),
        (None, _) => Err(Error::new(
            Exit::NotFound,
            format!("no image {id} exists, or none that this account may see ({})", ec2.region),
        )
        .next("an image id is of one region: check --region")),
    }
}

async fn the_newest(ec2: &Ec2, options: &Options) -> Result<Described> {
    let Options { name, owner, architecture, .. } = options;
    let cannot = || format!("cannot look for images {name} of {owner} ({})", ec2.region);
    let mut pages = ec2
        .client
        .describe_images()
        .owners(owner.as_str())
        .set_filters(Some(filters(name, architecture)))
        .into_paginator()
        .send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let images = page.during("DescribeImages").explain(cannot)?.images.unwrap_or_default();
        found.extend(images.into_iter().map(Described::from));
    }
    tracing::info!(count = found.len(), "images match");
    newest(found).map_err(|trouble| match trouble {
        Trouble::None => Error::new(Exit::NotFound, format!("no image matches in {}", ec2.region))
            .because(format!("name: {name}"))
            .because(format!("owner: {owner}"))
            .because(format!("architecture: {architecture}"))
            .next("check --name (with * and ?), --owner and --region: images are of one region"),
        Trouble::Tie(ids) => Error::new(
            Exit::BadInput,
            format!("several images {name} of {owner} are the newest ({})", ec2.region),
        )
        .because(ids.join(", "))
        .next("give one of them as --id, or a narrower --name"),
    })
}

/// What a start of a release must be, beside its name: something that EC2 can launch,
/// image and export again.
fn filters(name: &str, architecture: &str) -> Vec<Filter> {
    [
        ("name", name),
        ("architecture", architecture),
        ("state", "available"),
        ("image-type", "machine"),
        ("root-device-type", "ebs"),
        ("virtualization-type", "hvm"),
    ]
    .map(|(key, value)| filter(key, value))
    .into()
}

#[derive(Debug, PartialEq, Eq)]
enum Trouble {
    None,
    Tie(Vec<String>),
}

/// The one that was made last.
fn newest(found: Vec<Described>) -> Result<Described, Trouble> {
    let last = found.iter().map(|image| image.created).max().ok_or(Trouble::None)?;
    let mut newest: Vec<_> = found.into_iter().filter(|image| image.created == last).collect();
    match newest.len() {
        1 => Ok(newest.remove(0)),
        _ => {
            let mut ids: Vec<_> = newest.into_iter().map(|image| image.id).collect();
            ids.sort();
            Err(Trouble::Tie(ids))
        }
    }
}

/// An image id as EC2 writes it: `ami-` and 8 or 17 hex digits.
fn image_id(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("ami-").unwrap_or_default();
    let hex = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    match hex && matches!(digits.len(), 8 | 17) {
        true => Ok(text.to_owned()),
        false => Err("an image id is ami- and 8 or 17 hex digits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::Image;

    use super::*;

    fn image(id: &str, created: &str) -> Described {
        Image::builder().image_id(id).creation_date(created).build().into()
    }

    #[test]
    fn the_newest_is_the_one_made_last() {
        let found = vec![
            image("ami-1", "2026-01-09T00:00:00.000Z"),
            image("ami-3", "2026-09-01T22:24:31.000Z"),
            image("ami-2", "2026-09-01T22:24:30.999Z"),
        ];
        assert_eq!(newest(found).expect("one").id, "ami-3");
    }

    #[test]
    fn none_and_a_tie_are_troubles() {
        assert_eq!(newest(Vec::new()).expect_err("none"), Trouble::None);
        let same = "2026-09-01T22:24:31.000Z";
        let found = vec![image("ami-2", same), image("ami-1", same)];
        let tie = Trouble::Tie(vec!["ami-1".to_owned(), "ami-2".to_owned()]);
        assert_eq!(newest(found).expect_err("a tie"), tie);
    }

    #[test]
    fn image_ids_have_a_form() {
        assert!(image_id("ami-0123456789abcdef0").is_ok());
        assert!(image_id("ami-01234567").is_ok());
        for bad in ["ami-", "ami-xyz", "i-0123456789abcdef0", "0123456789abcdef0", "ami-0123456G"] {
            assert!(image_id(bad).is_err(), "{bad}");
        }
    }
}
