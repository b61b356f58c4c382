//! The bucket of the montages, and how it is found.

use aws_sdk_s3::Client;
use lib_common::team::TeamOption;
use lib_common::{Context, Error, Exit, Record, Result, aws};

use crate::architecture::find_bucket;
use crate::names::Names;

/// The name of the bucket: that of option or record, or that of the team's tag.
pub async fn of(
    context: &Context,
    names: &Names,
    team: &TeamOption,
    record: &mut Record,
) -> Result<String> {
    if let Some(name) = names.bucket(record)? {
        return Ok(name);
    }
    let team = team.of(record)?;
    let config = context.aws(record).await?;
    let (region, s3) = (aws::region(config), Client::new(config));
    let mut found = find_bucket(&s3, region, &team).await?;
    match (found.pop(), found.is_empty()) {
        (Some(name), true) => Ok(name),
        (None, _) => {
            Err(Error::new(Exit::NotFound, format!("the team {team} has no bucket ({region})"))
                .next("make it with `gd-queue up`, or name it with --bucket or --team"))
        }
        (Some(name), false) => Err(Error::new(
            Exit::Usage,
            format!("the team {team} has {} buckets, {name} among them", found.len() + 1),
        )
        .next("name one with --bucket")),
    }
}
