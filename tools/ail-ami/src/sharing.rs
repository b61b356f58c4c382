//! Changing with whom images and their snapshots are shared, and telling of it.

use lib_common::{Context, Record, Result};

use crate::grantee::{Grantee, Grantees, names};
use crate::permissions::{Permissions, Shared, Way, differing};
use crate::public_access;
use crate::targets::Target;

/// One call that changes who may use something.
pub struct Change {
    target: Target,
    what: Shared,
    way: Way,
    whom: Grantees,
}

impl Change {
    /// What differs from what is wanted, of the image and, if asked for, its snapshots.
    pub async fn all(
        target: &Target,
        snapshots: bool,
        way: Way,
        whom: &Grantees,
    ) -> Result<Vec<Self>> {
        let mut changes = Vec::new();
        for what in parts(target, snapshots) {
            let whom = differing(&what.permissions(&target.ec2).await?, way, whom);
            if !whom.is_empty() {
                changes.push(Self { target: target.clone(), what, way, whom });
            }
        }
        Ok(changes)
    }

    /// What it changes, as sentences name it.
    pub fn title(&self) -> String {
        match &self.what {
            Shared::Image(_) => self.target.title(),
            Shared::Snapshot(id) => format!("{id} of {}", self.target.title()),
        }
    }

    /// Refuses to make public what must not be.
    pub async fn check_public_access(&self) -> Result<()> {
        let Target { ec2, image, .. } = &self.target;
        match &self.what {
            _ if !self.whom.contains(&Grantee::All) => Ok(()),
            Shared::Image(_) => public_access::check_image(ec2, image).await,
            Shared::Snapshot(_) => public_access::check_snapshots(ec2, image).await,
        }
    }

    /// Makes the call.
    pub async fn make(self, context: &Context) -> Result<()> {
        let Self { target, what, way, whom } = self;
        let call = async move { what.change(&target.ec2, way, &whom).await };
        context.undo().finish(call).await
    }

    /// Makes the call, to be taken back if the run fails after it: nobody but the owner
    /// is to see a release that is half shared.
    pub async fn with_undo(self, context: &Context) -> Result<()> {
        let Self { target, what, way, whom } = &self;
        let (ec2, back) = (target.ec2.clone(), way.back());
        let deed = {
            let (what, whom) = (what.clone(), whom.clone());
            async move { what.change(&ec2, back, &whom).await }
        };
        let remedy = format!("ail-ami unpublish --region {}", target.ec2.region);
        let step = format!("stop sharing {} with {}", what.id(), names(whom));
        let ticket = context.undo().push(step, remedy, deed);
        let made = self.make(context).await;
        if made.as_ref().is_err_and(|error| !error.is_passing()) {
            // Refused, it changed nothing.
            context.undo().settle(ticket);
        }
        made
    }
}

fn parts(target: &Target, snapshots: bool) -> Vec<Shared> {
    let snapshots = target.image.snapshots.iter().filter(|_| snapshots).cloned();
    // The snapshots first: the image is announced when all it needs is there.
    snapshots.map(Shared::Snapshot).chain([Shared::Image(target.image.id.clone())]).collect()
}

/// The plan of a dry run.
pub fn steps(targets: &[Target], changes: &[Change], way: Way) -> Vec<String> {
    if changes.is_empty() {
        let already = match way {
            Way::Grant => "is shared like that already",
            Way::Revoke => "is not shared like that",
        };
        return targets.iter().map(|t| format!("nothing to do: {} {already}", t.title())).collect();
    }
    let verb = match way {
        Way::Grant => "would share",
        Way::Revoke => "would stop sharing",
    };
    let step = |change: &Change| format!("{verb} {} with {}", change.title(), names(&change.whom));
    changes.iter().map(step).collect()
}

/// Reads back what is shared now, says it, and puts it into the record.
pub async fn report(
    context: &Context,
    record: &mut Record,
    targets: &[Target],
    snapshots: bool,
    way: Way,
    whom: &Grantees,
) -> Result<()> {
    for target in targets {
        for what in parts(target, snapshots) {
            let permissions: Permissions = what.settled(&target.ec2, way, whom).await?;
            match &what {
                Shared::Snapshot(id) => {
                    let line = format!("{id} of {}: {permissions}", target.title());
                    context.progress().say(&line);
                }
                Shared::Image(_) => {
                    context.progress().say(&format!("{}: {permissions}", target.title()));
                    let mut image = target.image.member(permissions.accounts());
                    image.public = permissions.public();
                    target.put(record, image)?;
                }
            }
        }
    }
    Ok(())
}
