//! The replacement of the group's instances that is under way, and whether it is one of ours.

use std::time::Duration;

use aws_sdk_autoscaling::types::{InstanceRefresh, InstanceRefreshStatus, RefreshPreferences};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::wait::{Seen, Waiter};
use serde_json::{Value, json};

use super::GROUP;
use crate::world::World;

/// How many of a hundred instances stay while the others are replaced, where nothing is said
/// (Auto Scaling API Reference, RefreshPreferences).
const STAY: i32 = 90;

/// A cancelled refresh waits for the instance that it has begun with.
const CANCELLED: Duration = Duration::from_secs(5 * 60);

/// The refresh that is under way, if there is one.
pub struct Refresh(Option<InstanceRefresh>);

/// Looks for it.
pub async fn seen(world: &World) -> Result<Refresh> {
    // The newest comes first.
    let newest = newest(world).await?;
    Ok(Refresh(newest.filter(|refresh| {
        matches!(
            refresh.status(),
            Some(
                InstanceRefreshStatus::Pending
                    | InstanceRefreshStatus::InProgress
                    | InstanceRefreshStatus::Baking
            )
        )
    })))
}

impl Refresh {
    /// Whether it brings what the group starts by itself, and leaves enough at work.
    fn is_ours(refresh: &InstanceRefresh) -> bool {
        let stay = refresh.preferences().and_then(RefreshPreferences::min_healthy_percentage);
        refresh.desired_configuration().is_none() && stay.unwrap_or(STAY) >= STAY
    }

    /// Whether instances that something else started are on their way out.
    pub fn renews(&self) -> bool {
        self.0.as_ref().is_some_and(Self::is_ours)
    }

    /// As a fact: null where there is none, or it is like ours.
    pub fn fact(&self) -> Value {
        let Some(refresh) = self.0.as_ref().filter(|refresh| !Self::is_ours(refresh)) else {
            return Value::Null;
        };
        let template = refresh.desired_configuration().and_then(|it| it.launch_template());
        json!({
            "id": refresh.instance_refresh_id(),
            "template": template.and_then(|it| it.launch_template_id()),
            "version": template.and_then(|it| it.version()),
            "healthy": refresh.preferences().and_then(RefreshPreferences::min_healthy_percentage),
        })
    }
}

/// Ends the refresh that is under way.
pub async fn cancel(world: &World) -> Result<()> {
    let name = &world.names.group;
    let request = world.clients.autoscaling.cancel_instance_refresh();
    match request.auto_scaling_group_name(name).send().await.during("CancelInstanceRefresh") {
        // It ended by itself.
        Err(error) if error.code() == Some("ActiveInstanceRefreshNotFound") => return Ok(()),
        answer => answer?,
    };
    let task = world.context.progress().task(GROUP);
    Waiter::new("the refresh to be cancelled", world.context.timeout(CANCELLED))
        .every(Duration::from_millis(500), Duration::from_secs(5))
        .until(&task, || async {
            let status = newest(world).await?.and_then(|refresh| refresh.status);
            Ok(match status {
                Some(
                    status @ (InstanceRefreshStatus::Cancelling
                    | InstanceRefreshStatus::InProgress
                    | InstanceRefreshStatus::Pending),
                ) => Seen::Pending(status.as_str().to_owned()),
                _ => Seen::Ready(()),
            })
        })
        .await?;
    task.done("the refresh is cancelled");
    Ok(())
}

async fn newest(world: &World) -> Result<Option<InstanceRefresh>> {
    let name = &world.names.group;
    let request = world.clients.autoscaling.describe_instance_refreshes();
    let request = request.auto_scaling_group_name(name).max_records(1);
    let answer =
        request.send().await.during("DescribeInstanceRefreshes").explain(|| {
            format!("cannot read the refreshes of the group {name} ({})", world.place())
        })?;
    Ok(answer.instance_refreshes.unwrap_or_default().into_iter().next())
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::types::DesiredConfiguration;

    use super::*;

    fn refresh(stay: Option<i32>, desired: bool) -> Refresh {
        let preferences = RefreshPreferences::builder().set_min_healthy_percentage(stay).build();
        let desired = desired.then(|| DesiredConfiguration::builder().build());
        let refresh = InstanceRefresh::builder().preferences(preferences);
        Refresh(Some(refresh.set_desired_configuration(desired).build()))
    }

    #[test]
    fn a_refresh_to_something_else_or_of_all_at_once_is_nobodys() {
        for ours in [refresh(None, false), refresh(Some(90), false)] {
            assert_eq!((ours.fact(), ours.renews()), (Value::Null, true));
        }
        for strange in [refresh(Some(0), false), refresh(None, true)] {
            assert!(strange.fact().is_object() && !strange.renews());
        }
        assert!(!Refresh(None).renews());
    }
}
