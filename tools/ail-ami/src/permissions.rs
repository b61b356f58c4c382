//! Reading and changing who may launch an image, or make volumes of a snapshot.

use std::fmt;

use aws_sdk_ec2::types::{
    CreateVolumePermission, CreateVolumePermissionModifications, ImageAttributeName,
    LaunchPermission, LaunchPermissionModifications, PermissionGroup, SnapshotAttributeName,
};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::progress::Task;
use lib_common::wait::{CONSISTENCY, Seen, Waiter};

use crate::ec2::Ec2;
use crate::grantee::{Grantee, Grantees, names};

/// Who may use it beside its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(pub Grantees);

impl Permissions {
    /// The accounts among them.
    pub fn accounts(&self) -> Vec<String> {
        let account = |grantee: &Grantee| match grantee {
            Grantee::Account(id) => Some(id.clone()),
            _ => None,
        };
        self.0.iter().filter_map(account).collect()
    }

    /// Whether everybody is among them.
    pub fn public(&self) -> bool {
        self.0.contains(&Grantee::All)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Grantees = self.0.iter().filter(|g| **g != Grantee::All).cloned().collect();
        match (self.public(), named.is_empty()) {
            (true, true) => f.write_str("public"),
            (true, false) => write!(f, "public, and shared with {}", names(&named)),
            (false, false) => write!(f, "shared with {}", names(&named)),
            (false, true) => f.write_str("private"),
        }
    }
}

/// Something that can be shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// An image, by its id.
    Image(String),
    /// A snapshot, by its id.
    Snapshot(String),
}

/// Which way a permission changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Grant,
    Revoke,
}

impl Way {
    /// The other way.
    pub fn back(self) -> Self {
        match self {
            Self::Grant => Self::Revoke,
            Self::Revoke => Self::Grant,
        }
    }
}

impl Shared {
    pub fn id(&self) -> &str {
        match self {
            Self::Image(id) | Self::Snapshot(id) => id,
        }
    }

    /// Who may use it.
    pub async fn permissions(&self, ec2: &Ec2) -> Result<Permissions> {
        match self {
            Self::Image(id) => launch_permissions(ec2, id).await,
            Self::Snapshot(id) => volume_permissions(ec2, id).await,
        }
    }

    /// Grants to, or revokes from, all of `whom` in one call.
    pub async fn change(&self, ec2: &Ec2, way: Way, whom: &Grantees) -> Result<()> {
        match self {
            Self::Image(id) => change_image(ec2, id, way, whom).await,
            Self::Snapshot(id) => change_snapshot(ec2, id, way, whom).await,
        }
        .explain(|| {
            let how = match way {
                Way::Grant => "share",
                Way::Revoke => "stop sharing",
            };
            format!("cannot {how} {} with {} ({})", self.id(), names(whom), ec2.region)
        })
    }

    /// Reads back until the change shows, and gives what is then permitted.
    pub async fn settled(&self, ec2: &Ec2, way: Way, whom: &Grantees) -> Result<Permissions> {
        let what = format!("the permissions of {} ({}) to change", self.id(), ec2.region);
        let waiter = Waiter::new(what, CONSISTENCY);
        waiter
            .until(&Task::silent(), || async {
                let permissions = self.permissions(ec2).await?;
                Ok(match differing(&permissions, way, whom).is_empty() {
                    true => Seen::Ready(permissions),
                    false => Seen::Pending(permissions.to_string()),
                })
            })
            .await
    }
}

/// Those of `whom` for whom something is to change.
pub fn differing(now: &Permissions, way: Way, whom: &Grantees) -> Grantees {
    let wanted = way == Way::Grant;
    whom.iter().filter(|grantee| now.0.contains(grantee) != wanted).cloned().collect()
}

/// Who may launch the image.
pub async fn launch_permissions(ec2: &Ec2, id: &str) -> Result<Permissions> {
    let request = ec2.client.describe_image_attribute().image_id(id);
    let answer = request
        .attribute(ImageAttributeName::LaunchPermission)
        .send()
        .await
        .during("DescribeImageAttribute")
        .explain(|| format!("cannot read who may launch {id} ({})", ec2.region))?;
    Ok(Permissions(answer.launch_permissions().iter().filter_map(grantee).collect()))
}

fn grantee(permission: &LaunchPermission) -> Option<Grantee> {
    let organization = permission.organization_arn().or(permission.organizational_unit_arn());
    match (permission.group(), permission.user_id(), organization) {
        (Some(PermissionGroup::All), _, _) => Some(Grantee::All),
        (_, Some(account), _) => Some(Grantee::Account(account.to_owned())),
        (_, _, Some(arn)) => Some(Grantee::Organization(arn.to_owned())),
        _ => None,
    }
}

async fn volume_permissions(ec2: &Ec2, id: &str) -> Result<Permissions> {
    let request = ec2.client.describe_snapshot_attribute().snapshot_id(id);
    let answer = request
        .attribute(SnapshotAttributeName::CreateVolumePermission)
        .send()
        .await
        .during("DescribeSnapshotAttribute")
        .explain(|| format!("cannot read who may use {id} ({})", ec2.region))?;
    let grantee = |permission: &CreateVolumePermission| match permission.group() {
        Some(PermissionGroup::All) => Some(Grantee::All),
        _ => permission.user_id().map(|id| Grantee::Account(id.to_owned())),
    };
    Ok(Permissions(answer.create_volume_permissions().iter().filter_map(grantee).collect()))
}

async fn change_image(ec2: &Ec2, id: &str, way: Way, whom: &Grantees) -> Result<()> {
    let publishes = way == Way::Grant && whom.contains(&Grantee::All);
    let permission = |grantee: &Grantee| {
        let empty = LaunchPermission::builder();
        match grantee {
            Grantee::All => empty.group(PermissionGroup::All),
            Grantee::Account(id) => empty.user_id(id),
            Grantee::Organization(arn) => empty.organization_arn(arn),
        }
        .build()
    };
    let whom = Some(whom.iter().map(permission).collect());
    let changes = match way {
        Way::Grant => LaunchPermissionModifications::builder().set_add(whom),
        Way::Revoke => LaunchPermissionModifications::builder().set_remove(whom),
    };
    let request = ec2.client.modify_image_attribute().image_id(id);
    let answer = request.launch_permission(changes.build()).send().await;
    answer.during("ModifyImageAttribute").map(drop).map_err(|error| match error.code() {
        Some("ResourceLimitExceeded") if publishes => error.next(over_quota(ec2)),
        _ => error,
    })
}

/// An account may have 5 public images in a region unless it asks for more (EC2 User Guide, "AMI
/// quotas"); EC2 says that these are used up only when one more is tried.
fn over_quota(ec2: &Ec2) -> String {
    format!(
        "make an older image private by `ail-ami unpublish --region {} --asset-id OLDER`, or ask \
         AWS for a higher quota `Public AMIs` there; then run `ail-ami publish` on the record \
         again",
        ec2.region
    )
}

async fn change_snapshot(ec2: &Ec2, id: &str, way: Way, whom: &Grantees) -> Result<()> {
    // A snapshot knows no organizations, and none is ever asked for.
    let permission = |grantee: &Grantee| {
        let empty = CreateVolumePermission::builder();
        match grantee {
            Grantee::All => Some(empty.group(PermissionGroup::All).build()),
            Grantee::Account(id) => Some(empty.user_id(id).build()),
            Grantee::Organization(_) => None,
        }
    };
    let whom = Some(whom.iter().filter_map(permission).collect());
    let changes = match way {
        Way::Grant => CreateVolumePermissionModifications::builder().set_add(whom),
        Way::Revoke => CreateVolumePermissionModifications::builder().set_remove(whom),
    };
    let request = ec2
        .client
        .modify_snapshot_attribute()
        .snapshot_id(id)
        .attribute(SnapshotAttributeName::CreateVolumePermission);
    let answer = request.create_volume_permission(changes.build()).send().await;
    answer.during("ModifySnapshotAttribute").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grantees(texts: &[&str]) -> Grantees {
        texts.iter().map(|text| text.parse().expect("valid")).collect()
    }

    #[test]
    fn permissions_read_as_a_person_says_them() {
        for (granted, text) in [
            (&[][..], "private"),
            (&["all"], "public"),
            (&["222222222222", "111111111111"], "shared with 111111111111, 222222222222"),
            (&["111111111111", "all"], "public, and shared with 111111111111"),
        ] {
            assert_eq!(Permissions(grantees(granted)).to_string(), text);
        }
    }

    #[test]
    fn only_what_differs_is_changed() {
        let now = Permissions(grantees(&["all", "111111111111"]));
        let asked = grantees(&["all", "222222222222"]);
        assert_eq!(differing(&now, Way::Grant, &asked), grantees(&["222222222222"]));
        assert_eq!(differing(&now, Way::Revoke, &asked), grantees(&["all"]));
    }
}
