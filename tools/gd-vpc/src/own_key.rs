//! A key pair of one's own: whether it can let anybody in is told before anything is made.

use lib_common::aws::{During, Explain};
use lib_common::record::NetworkKey;
use lib_common::{Error, Exit, Result};

use crate::resource::key_pair::{bare, public_of};
use crate::site::{Site, filter};

/// Refuses a key pair that is not there, or is not that of the private key.
pub async fn check(site: &Site, key: &NetworkKey) -> Result<()> {
    let cannot = || site.cannot(&format!("use the key pair {}", key.name));
    let call = site.ec2.describe_key_pairs().filters(filter("key-name", &key.name));
    let answer = call.include_public_key(true).send().await.during("DescribeKeyPairs");
    let answer = answer.explain(cannot)?;
    let Some(pair) = answer.key_pairs().first() else {
        return Err(Error::new(Exit::NotFound, cannot())
            .because("there is none of this name; key pairs are of one region")
            .next("import it by `aws ec2 import-key-pair`, or leave --key-name out"));
    };
    // A key in another format than OpenSSH's is taken for the right one.
    match (pair.public_key().map(bare), public_of(&key.file)) {
        (Some(there), Some(here)) if there != here => Err(Error::new(Exit::BadInput, cannot())
            .because(format!("{} is the private key of another one", key.file.display()))
            .next("give the private key of the pair by --key-file")),
        _ => Ok(()),
    }
}
