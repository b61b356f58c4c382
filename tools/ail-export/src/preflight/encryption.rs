//! Whether an image that is made here is one that EC2 exports.

use aws_sdk_ec2::Client;
use lib_common::aws::During;
use lib_common::{Error, Exit};

use super::Findings;

/// Checks that EBS leaves new volumes as a template asks for them. An account that encrypts by
/// default does so whatever a launch says (EC2 API Reference, `EnableEbsEncryptionByDefault`),
/// and an image with encrypted snapshots is not exported (VM Import/Export User Guide,
/// "Considerations for image export").
pub async fn check(ec2: &Client, region: &str) -> Findings {
    let answer = ec2.get_ebs_encryption_by_default().send().await;
    let cannot = || format!("cannot see whether EBS encrypts by default ({region})");
    match answer.during("GetEbsEncryptionByDefault") {
        Ok(answer) if answer.ebs_encryption_by_default() == Some(true) => {
            Findings::problem(refused(region))
        }
        Ok(_) => Findings::default(),
        Err(error) if error.exit() == Exit::Permission => {
            Findings::unseen(cannot(), error, "if it does, no image that is made can be exported")
        }
        Err(error) => Findings::problem(error.context(cannot())),
    }
}

fn refused(region: &str) -> Error {
    let what = format!(
        "this account encrypts each new volume ({region}); EC2 does not export an image of it"
    );
    Error::new(Exit::Refused, what).next(format!(
        "release in a --region without encryption by default, or have it switched off for the \
         release: `aws ec2 disable-ebs-encryption-by-default --region {region}`"
    ))
}
