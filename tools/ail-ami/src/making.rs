//! The making of an image by one call, and taking that back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lib_common::progress::Task;
use lib_common::undo::Ticket;
use lib_common::wait::{CONSISTENCY, Seen, Waiter};
use lib_common::{AssetId, Context, Error, Exit, Result, tags};

use crate::described::Described;
use crate::ec2::{Ec2, filter};
use crate::removal;
use crate::snapshots::Fate;

/// How long to look for the snapshots of an image that was deregistered while it was being
/// made: EC2 stops the instance first, and begins them after.
const LATE_SNAPSHOTS: Duration = Duration::from_secs(45);

/// An image that this run makes.
#[derive(Clone, Debug)]
pub struct Making {
    pub ec2: Ec2,
    pub name: String,
    pub asset_id: AssetId,
    /// The mark of this run, by which its image is told from another run's.
    pub run: String,
    stage: Arc<Mutex<Stage>>,
}

#[derive(Clone, Debug, Default)]
enum Stage {
    /// There is nothing to take back.
    #[default]
    Nothing,
    /// The call was sent. Without its answer nobody knows whether it made something.
    Asked,
    /// It made this image.
    Made(String),
}

impl Making {
    /// The making of the image `name`.
    pub fn new(context: &Context, ec2: &Ec2, name: &str, asset_id: &AssetId) -> Self {
        Self {
            ec2: ec2.clone(),
            name: name.to_owned(),
            asset_id: asset_id.clone(),
            run: context.run().to_owned(),
            stage: Arc::default(),
        }
    }

    /// Makes the call that makes the image, with its undo registered before it.
    pub async fn ask(
        &self,
        context: &Context,
        call: impl Future<Output = Result<String>> + Send + 'static,
    ) -> Result<(String, Ticket)> {
        let ticket = context.undo().push(
            format!("remove the image {} ({})", self.name, self.ec2.region),
            self.remedy(),
            self.clone().take_back(),
        );
        let this = self.clone();
        let asked = context.undo().finish(async move {
            this.set(Stage::Asked);
            let answer = call.await;
            match &answer {
                Ok(id) => this.set(Stage::Made(id.clone())),
                Err(error) if may_have_happened(error) => {}
                Err(_) => this.set(Stage::Nothing),
            }
            answer
        });
        match asked.await {
            Ok(id) => Ok((id, ticket)),
            // A lost answer, and the repetition of the call found the name taken: by itself.
            Err(error) if error.code() == Some("InvalidAMIName.Duplicate") => {
                match self.search().await? {
                    Some(image) => {
                        self.set(Stage::Made(image.id.clone()));
                        Ok((image.id, ticket))
                    }
                    None => {
                        context.undo().settle(ticket);
                        Err(error)
                    }
                }
            }
            Err(error) => {
                if matches!(self.stage(), Stage::Nothing) {
                    context.undo().settle(ticket);
                }
                Err(error)
            }
        }
    }

    /// Removes what the call made, however far it came.
    pub async fn take_back(self) -> Result<()> {
        let id = match self.stage() {
            Stage::Nothing => return Ok(()),
            Stage::Made(id) => Some(id),
            Stage::Asked => self.search().await?.map(|image| image.id),
        };
        let Some(id) = id else {
            return Ok(());
        };
        let mut fates = self.deregister(&id).await?;
        let none_yet = fates.is_empty();
        for snapshot in self.late_snapshots(none_yet).await? {
            let fate = self.ec2.delete_snapshot(&snapshot, Some(&id)).await;
            fates.retain(|(told, _)| *told != snapshot);
            fates.push((snapshot, fate));
        }
        let left = |(id, fate): &(String, Fate)| match fate {
            Fate::Deleted | Fate::Gone => None,
            Fate::InUse(why) => Some(format!("{id}: {why}")),
            Fate::Failed(error) => Some(format!("{id}: {}", error.summary())),
        };
        let left: Vec<_> = fates.iter().filter_map(left).collect();
        match left.is_empty() {
            true => Ok(()),
            false => Err(Error::new(Exit::Partial, left.join("; "))),
        }
    }

    async fn deregister(&self, id: &str) -> Result<Vec<(String, Fate)>> {
        // Just made, it may not be known to every part of EC2 yet.
        let waiter = Waiter::new(format!("{id} to be known"), CONSISTENCY);
        let unseen = Task::silent();
        let seen = waiter.until(&unseen, || async {
            Ok(self.ec2.by_id(id).await?.map_or(Seen::Missing, Seen::Ready))
        });
        match seen.await {
            Ok(image) => removal::remove(&self.ec2, &image).await,
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The image that a call without an answer made, if it made one.
    async fn search(&self) -> Result<Option<Described>> {
        let waiter = Waiter::new(format!("{} to appear", self.name), CONSISTENCY + CONSISTENCY);
        let unseen = Task::silent();
        let seen = waiter.until(&unseen, || async {
            let found = self.ec2.own_by_name(&self.name).await?;
            Ok(found.into_iter().next().map_or(Seen::Missing, Seen::Ready))
        });
        match seen.await {
            Ok(image) => Ok(Some(image).filter(|image| self.is_of_this_run(image))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The snapshots of this run that are there still; `wait` for the first to appear.
    async fn late_snapshots(&self, wait: bool) -> Result<Vec<String>> {
        let tag = |key: &str, value: &str| filter(&format!("tag:{key}"), value);
        let look = || async {
            self.ec2
                .own_snapshots(vec![
                    tag(tags::ASSET_ID, self.asset_id.as_str()),
                    tag(tags::RUN, &self.run),
                    tag(tags::TOOL, env!("CARGO_PKG_NAME")),
                ])
                .await
        };
        if !wait {
            return look().await;
        }
        let waiter = Waiter::new("the image's snapshots", LATE_SNAPSHOTS);
        let unseen = Task::silent();
        let found = waiter.until(&unseen, || async {
            let found = look().await?;
            Ok(match found.is_empty() {
                true => Seen::Missing,
                false => Seen::Ready(found),
            })
        });
        match found.await {
            Err(error) if matches!(error.exit(), Exit::TimedOut | Exit::NotFound) => Ok(Vec::new()),
            found => found,
        }
    }

    fn is_of_this_run(&self, image: &Described) -> bool {
        image.is_of(&self.asset_id) && image.run.as_deref() == Some(self.run.as_str())
    }

    fn remedy(&self) -> String {
        format!("ail-ami rm --asset-id '{}' --region {} --yes", self.asset_id, self.ec2.region)
    }

    fn stage(&self) -> Stage {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, stage: Stage) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }
}

/// Removes an image that an earlier run left broken.
pub async fn clear(context: &Context, ec2: &Ec2, broken: &Described) -> Result<()> {
    let Described { id, name, .. } = broken;
    let why = broken.reason.as_deref().unwrap_or("EC2 gives no reason");
    let progress = context.progress();
    progress.say(&format!("{id} ({name}, {}) is {}: {why}; removing it", ec2.region, broken.state));
    for (snapshot, fate) in removal::remove(ec2, broken).await? {
        match fate {
            Fate::Deleted | Fate::Gone => {}
            Fate::InUse(why) => progress.say(&format!("{snapshot} stays: {why}")),
            Fate::Failed(error) => {
                progress.say(&format!("{snapshot} is left: {}", error.summary()));
            }
        }
    }
    Ok(())
}

/// Whether the call may have made something although it failed: its answer was lost, or the
/// service broke while it worked. A call that was turned away at the door made nothing.
fn may_have_happened(error: &Error) -> bool {
    const TURNED_AWAY: [&str; 3] = ["RequestLimitExceeded", "Throttling", "ThrottlingException"];
    error.is_passing() && !error.code().is_some_and(|code| TURNED_AWAY.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_call_made_nothing() {
        assert!(may_have_happened(&Error::new(Exit::Temporary, "CreateImage: InternalError")));
        assert!(!may_have_happened(&Error::new(Exit::Refused, "CreateImage: IncorrectState")));
        assert!(!may_have_happened(&Error::new(Exit::Permission, "CreateImage: denied")));
    }
}
