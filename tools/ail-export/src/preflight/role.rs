//! Whether VM Import/Export can take on the role.

use aws_sdk_iam::Client;
use lib_common::aws::During;
use lib_common::{Error, Exit};

use super::Findings;
use super::trust::{self, Trust};

const MAKE_IT: &str = "`ail-stack up --kind vm-bucket` makes a role that fits";

/// Checks that the role is there and trusts the service. What it may do in the bucket is
/// not checked: only the service itself can tell.
pub async fn check(iam: &Client, name: &str) -> Findings {
    let role = match iam.get_role().role_name(name).send().await.during("GetRole") {
        Ok(answer) => answer.role,
        Err(error) if error.is_not_found() => {
            return Findings::problem(
                Error::new(Exit::NotFound, format!("the role {name} does not exist"))
                    .next(format!("{MAKE_IT}; or give another --role")),
            );
        }
        Err(error) if error.exit() == Exit::Permission => {
            return Findings::unseen(
                format!("cannot see whom the role {name} trusts"),
                error,
                "EC2 will tell if it is unfit",
            );
        }
        Err(error) => {
            return Findings::problem(error.context(format!("cannot look at the role {name}")));
        }
    };
    let policy = role.and_then(|role| role.assume_role_policy_document).unwrap_or_default();
    match trust::read(&policy) {
        Trust::Given => Findings::default(),
        Trust::WithoutExternalId => Findings::warning(format!(
            "the role {name} trusts {} for everybody's exports; the condition \
             StringEquals sts:Externalid {} confines it",
            trust::SERVICE,
            trust::EXTERNAL_ID
        )),
        Trust::Missing => Findings::problem(
            Error::new(
                Exit::Refused,
                format!(
                    "the role {name} does not let {} take it on with the external id {}",
                    trust::SERVICE,
                    trust::EXTERNAL_ID
                ),
            )
            .next(format!("amend its trust policy; {MAKE_IT}")),
        ),
    }
}
