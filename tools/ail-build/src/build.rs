//! A build in the record, as CodeBuild tells of it.

use jiff::Timestamp;
use lib_common::record::Member;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A build of CodeBuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Build {
    /// `PROJECT:UUID`
    pub id: String,
    /// The project it is a build of.
    pub project: String,
    /// What it was told to build: `refs/heads/main`, `refs/tags/v5`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The commit that this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// As CodeBuild names it: `IN_PROGRESS`, `SUCCEEDED`, `FAILED` …
    pub status: String,
    /// When it was started (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it ended (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Where its log is, once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<LogPlace>,
    /// What it has gone through.
    #[serde(default)]
    pub phases: Vec<Phase>,
}

/// A log in CloudWatch Logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogPlace {
    /// The log group.
    pub group: String,
    /// The stream in it.
    pub stream: String,
}

/// A phase of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Phase {
    /// As CodeBuild names it: `INSTALL`, `BUILD` …
    pub name: String,
    /// How it ended, if it did: `SUCCEEDED`, `FAILED` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// Why it failed: `COMMAND_EXECUTION_ERROR: …`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Member for Build {
    const NAME: &'static str = "build";
    const MADE_BY: &'static str = "`ail-build start`";
}

impl Build {
    /// Whether it runs no more.
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The phase that it is in, or was in last.
    pub fn phase(&self) -> &str {
        self.phases.last().map_or("SUBMITTED", |phase| &phase.name)
    }

    /// The first phase that ended in another way than it should.
    pub fn broken(&self) -> Option<&Phase> {
        let good = |phase: &&Phase| phase.status.as_deref().is_none_or(|s| s == "SUCCEEDED");
        self.phases.iter().find(|phase| !good(phase))
    }
}

impl From<&aws_sdk_codebuild::types::Build> for Build {
    fn from(build: &aws_sdk_codebuild::types::Build) -> Self {
        let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let time = |second| Timestamp::from_second(second).ok().map(|time| time.to_string());
        let place = build.logs().and_then(|logs| {
            Some(LogPlace { group: text(logs.group_name())?, stream: text(logs.stream_name())? })
        });
        let ended = build.end_time().and_then(|at| time(at.secs()));
        Self {
            id: build.id().unwrap_or_default().to_owned(),
            project: build.project_name().unwrap_or_default().to_owned(),
            version: text(build.source_version()),
            commit: text(build.resolved_source_version()),
            status: build.build_status().map_or("IN_PROGRESS", |status| status.as_str()).to_owned(),
            started: build.start_time().and_then(|at| time(at.secs())),
            // Its end is known a moment before it is complete.
            ended: ended.filter(|_| build.build_complete()),
            log: place,
            phases: build.phases().iter().map(Phase::from).collect(),
        }
    }
}

impl From<&aws_sdk_codebuild::types::BuildPhase> for Phase {
    fn from(phase: &aws_sdk_codebuild::types::BuildPhase) -> Self {
        let context = phase.contexts().first();
        let code = context.and_then(|context| context.status_code()).unwrap_or_default();
        let message = context.and_then(|context| context.message()).unwrap_or_default().trim();
        Self {
            name: phase.phase_type().map_or("UNKNOWN", |name| name.as_str()).to_owned(),
            status: phase.phase_status().map(|status| status.as_str().to_owned()),
            seconds: phase.duration_in_seconds().and_then(|seconds| seconds.try_into().ok()),
            reason: (!code.is_empty()).then(|| format!("{code}: {message}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_codebuild::types::{
        Build as Told, BuildPhase, BuildPhaseType, PhaseContext, StatusType,
    };

    use super::*;

    fn phase(name: BuildPhaseType, status: StatusType, code: &str, message: &str) -> BuildPhase {
        let context = PhaseContext::builder().status_code(code).message(message).build();
        BuildPhase::builder().phase_type(name).phase_status(status).contexts(context).build()
    }

    #[test]
    fn the_first_phase_that_failed_is_the_one_that_matters() {
        let told = Told::builder()
            .id("release:1")
            .build_status(StatusType::Failed)
            .phases(phase(BuildPhaseType::Install, StatusType::Succeeded, "", ""))
            .phases(phase(BuildPhaseType::Build, StatusType::Failed, "CODE", "exit status 7 "))
            .phases(phase(BuildPhaseType::PostBuild, StatusType::Failed, "CODE", "exit status 1"))
            .phases(BuildPhase::builder().phase_type(BuildPhaseType::Completed).build())
            .build();
        let build = Build::from(&told);
        let broken = build.broken().expect("one failed");
        assert_eq!(broken.name, "BUILD");
        assert_eq!(broken.reason.as_deref(), Some("CODE: exit status 7"));
        assert_eq!(build.phase(), "COMPLETED");
        assert!(!build.has_ended());
    }
}
