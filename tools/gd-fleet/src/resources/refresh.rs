//! The replacement of the group's instances that is under way, and whether it is one of ours.

use std::time::Duration;

use aws_sdk_autoscaling::types::{InstanceRefresh, InstanceRefreshStatus, RefreshPreferences};
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::wait::{Seen, Waiter};
use serde_json::{Value, json};

use super::GROUP;
use super::settings::GRACE;
use crate::world::World;

/// How many of a hundred instances stay while the others are replaced, where nothing is said
/// (Auto Scaling API Reference, RefreshPreferences).
const STAY: i32 = 90;

/// A refresh that somebody else cancelled may wait for the instance that it has begun with.
const CANCELLED: Duration = Duration::from_secs(5 * 60);

/// In these it replaces instances, or will.
const ACTIVE: [InstanceRefreshStatus; 4] = [
    InstanceRefreshStatus::Pending,
    InstanceRefreshStatus::InProgress,
    InstanceRefreshStatus::Baking,
    InstanceRefreshStatus::RollbackInProgress,
];

/// The refresh that is under way, if there is one.
pub struct Refresh(Option<InstanceRefresh>);

/// Looks for it.
pub async fn seen(world: &World) -> Result<Refresh> {
    let active =
        |refresh: &InstanceRefresh| refresh.status().is_some_and(|status| ACTIVE.contains(status));
    Ok(Refresh(newest(world).await?.filter(active)))
}

impl Refresh {
    /// Whether it brings what the group starts by itself, leaves enough at work, and goes on
    /// without a stop.
    fn is_ours(refresh: &InstanceRefresh) -> bool {
        let goes_on = |preferences: &RefreshPreferences| {
            preferences.min_healthy_percentage().unwrap_or(STAY) >= STAY
                && preferences.instance_warmup().unwrap_or(GRACE) <= GRACE
                && preferences.checkpoint_percentages().is_empty()
                && preferences.bake_time().unwrap_or(0) == 0
        };
        refresh.desired_configuration().is_none() && refresh.preferences().is_none_or(goes_on)
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

/// Ends the refresh that is under way, if there is one.
pub async fn cancel(world: &World) -> Result<()> {
    let Seen::Pending(status) = ended(world).await? else {
        return Ok(());
    };
    if status != InstanceRefreshStatus::Cancelling.as_str() {
        let request = world.clients.autoscaling.cancel_instance_refresh();
        let request = request.auto_scaling_group_name(&world.names.group);
        // One that drains is not waited for: it goes whatever the group starts from now on.
        let request = request.wait_for_transitioning_instances(false);
        match request.send().await.during("CancelInstanceRefresh") {
            // It ended by itself.
            Err(error) if error.code() == Some("ActiveInstanceRefreshNotFound") => {}
            answer => drop(answer?),
        }
    }
    let task = world.context.progress().task(GROUP);
    Waiter::new("the refresh to be cancelled", world.context.timeout(CANCELLED))
        .every(Duration::from_millis(500), Duration::from_secs(5))
        .until(&task, || ended(world))
        .await?;
    task.done("the refresh is cancelled");
    Ok(())
}

/// Whether none is under way, nor on its way to its end.
async fn ended(world: &World) -> Result<Seen<()>> {
    let status = newest(world).await?.and_then(|refresh| refresh.status);
    Ok(match status {
        Some(status) if ACTIVE.contains(&status) || status == InstanceRefreshStatus::Cancelling => {
            Seen::Pending(status.as_str().to_owned())
        }
        _ => Seen::Ready(()),
    })
}

/// The last one: the newest comes first.
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
    use aws_sdk_autoscaling::types::builders::RefreshPreferencesBuilder;

    use super::*;

    fn refresh(preferences: RefreshPreferencesBuilder, desired: bool) -> Refresh {
        let desired = desired.then(|| DesiredConfiguration::builder().build());
        let refresh = InstanceRefresh::builder().preferences(preferences.build());
        Refresh(Some(refresh.set_desired_configuration(desired).build()))
    }

    #[test]
    fn a_refresh_to_something_else_or_of_all_at_once_or_one_that_waits_is_nobodys() {
        let preferences = RefreshPreferences::builder;
        for ours in [
            preferences(),
            preferences().min_healthy_percentage(90).instance_warmup(120).bake_time(0),
        ] {
            let ours = refresh(ours, false);
            assert_eq!((ours.fact(), ours.renews()), (Value::Null, true));
        }
        for strange in [
            refresh(preferences().min_healthy_percentage(0), false),
            refresh(preferences().instance_warmup(86_400), false),
            refresh(preferences().checkpoint_percentages(1).checkpoint_delay(86_400), false),
            refresh(preferences().bake_time(86_400), false),
            refresh(preferences(), true),
        ] {
            assert!(strange.fact().is_object() && !strange.renews(), "{:?}", strange.0);
        }
        assert!(!Refresh(None).renews());
    }
}
