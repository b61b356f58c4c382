//! How many tags a thing can carry.

use lib_common::{Error, Exit, Result};

use crate::change::Tags;
use crate::thing::{Place, Thing};

/// "Tag restrictions", EC2 User Guide; "Tag" of the CloudFormation API Reference.
const MOST: usize = 50;
/// "Categorizing your objects using tags", S3 User Guide.
const MOST_OF_AN_OBJECT: usize = 10;

/// Refuses more tags than the service takes, before anything is changed.
pub fn check(thing: &Thing, after: &Tags) -> Result<()> {
    let most = match thing.place {
        Place::Object(_) => MOST_OF_AN_OBJECT,
        Place::Ec2 | Place::Stack => MOST,
    };
    // AWS's own do not count.
    let count = after.keys().filter(|key| !key.starts_with("aws:")).count();
    if count <= most {
        return Ok(());
    }
    let label = thing.asset.label();
    Err(Error::new(Exit::Refused, format!("{label} would have {count} tags, and can have {most}"))
        .because("nothing was changed")
        .next("remove some with `ail-tag rm`"))
}
