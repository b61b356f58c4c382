//! The hook that gives a worker the time to finish what it has begun.
//!
//! An instance that is to end stays in the state Terminating:Wait; it reads that from its
//! metadata, stops its worker, which drains, and says that it is done. If it never does,
//! it ends after the timeout all the same.

use std::sync::Arc;

use async_trait::async_trait;
use lib_common::Result;
use lib_common::aws::{During, Explain};
use lib_common::reconcile::{
    Call, Difference, Facts, Found, Key, Known, Resource, Severity, Wrong,
};
use serde_json::json;

use super::{DRAIN, GROUP, facts};
use crate::world::{HOOK, World};

/// gd-worker.service gives a worker eight minutes; the rest is for noticing and telling.
const TIMEOUT: i32 = 600;
const TRANSITION: &str = "autoscaling:EC2_INSTANCE_TERMINATING";

pub struct Hook(pub Arc<World>);

#[async_trait]
impl Resource for Hook {
    fn name(&self) -> &str {
        DRAIN
    }

    fn kind(&self) -> &'static str {
        "lifecycle hook"
    }

    fn needs(&self) -> Vec<String> {
        vec![GROUP.to_owned()]
    }

    async fn find(&self, key: Key<'_>, _known: &Known) -> Result<Vec<Found>> {
        // It has no tags: it is the group's, and known by its name there.
        if key != Key::Tags {
            return Ok(Vec::new());
        }
        let group = &self.0.names.group;
        let request = self.0.clients.autoscaling.describe_lifecycle_hooks();
        let request = request.auto_scaling_group_name(group).lifecycle_hook_names(HOOK);
        let hooks = match request.send().await.during("DescribeLifecycleHooks") {
            Ok(answer) => answer.lifecycle_hooks.unwrap_or_default(),
            Err(error) if is_of_no_group(&error) => Vec::new(),
            Err(error) => {
                let place = self.0.place();
                return Err(error.context(format!("cannot read the hooks of {group} ({place})")));
            }
        };
        let found = hooks.into_iter().map(|hook| {
            let told = json!({
                "transition": hook.lifecycle_transition,
                "timeout": hook.heartbeat_timeout,
                "default": hook.default_result,
                "notified": hook.notification_target_arn,
            });
            Found { id: hook.lifecycle_hook_name.unwrap_or_default(), facts: facts(told) }
        });
        Ok(found.collect())
    }

    fn wish(&self, _known: &Known) -> Facts {
        facts(json!({
            "transition": TRANSITION, "timeout": TIMEOUT, "default": "CONTINUE", "notified": null,
        }))
    }

    fn severity(&self, wrong: &Wrong<'_>) -> Severity {
        match wrong {
            // Jobs are worked again by others then.
            Wrong::Missing | Wrong::Fact(..) => Severity::High,
            wrong => wrong.usual_severity(),
        }
    }

    fn call(&self, call: &Call<'_>) -> Option<&'static str> {
        match call {
            Call::Create | Call::Mend(_) => Some("autoscaling:PutLifecycleHook"),
            Call::Delete => Some("autoscaling:DeleteLifecycleHook"),
            Call::Remove(_) => None,
        }
    }

    async fn create(&self, known: &Known) -> Result<Found> {
        self.put().await?;
        Ok(Found { id: HOOK.to_owned(), facts: self.wish(known) })
    }

    async fn mend(&self, found: &Found, differences: &[Difference], _known: &Known) -> Result<()> {
        // What a call does not name stays as it is.
        if differences.iter().any(|one| one.fact == "notified") {
            self.delete(found).await?;
        }
        self.put().await
    }

    async fn delete(&self, _found: &Found) -> Result<()> {
        let group = &self.0.names.group;
        let request = self.0.clients.autoscaling.delete_lifecycle_hook();
        let request = request.auto_scaling_group_name(group).lifecycle_hook_name(HOOK);
        let cannot = || format!("cannot delete the hook {HOOK} of {group} ({})", self.0.place());
        request.send().await.during("DeleteLifecycleHook").explain(cannot).map(drop)
    }
}

impl Hook {
    async fn put(&self) -> Result<()> {
        let group = &self.0.names.group;
        self.0
            .clients
            .autoscaling
            .put_lifecycle_hook()
            .auto_scaling_group_name(group)
            .lifecycle_hook_name(HOOK)
            .lifecycle_transition(TRANSITION)
            .heartbeat_timeout(TIMEOUT)
            .default_result("CONTINUE")
            .send()
            .await
            .during("PutLifecycleHook")
            .explain(|| format!("cannot set the hook {HOOK} of {group} ({})", self.0.place()))
            .map(drop)
    }
}

/// Auto Scaling has one code for all that it refuses, also for a group that is not there.
pub fn is_of_no_group(error: &lib_common::Error) -> bool {
    error.is_not_found()
        || (error.code() == Some("ValidationError") && error.what().contains("not found"))
}
