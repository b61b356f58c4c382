//! The project whose builds release.

use aws_sdk_cloudformation::Client;
use clap::Args;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

/// How to find the project.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Choice {
    /// Project of CodeBuild [default: ProjectName of the stack]
    #[arg(long, env = "AIL_BUILD_PROJECT", value_name = "NAME", hide_env = true)]
    project: Option<String>,

    /// Stack whose outputs name the project
    #[arg(
        long,
        env = "AIL_BUILD_STACK",
        value_name = "NAME",
        hide_env = true,
        default_value = "AIL-RELEASE-CODEBUILD"
    )]
    build_stack: String,
}

impl Choice {
    /// The project: the one given, else that of the stack.
    pub async fn resolve(self, cloudformation: &Client, region: &str) -> Result<String> {
        // A variable that is set to nothing is not set.
        if let Some(project) = self.project.filter(|name| !name.is_empty()) {
            return Ok(project);
        }
        let stack = self.build_stack;
        let next = "deploy it with `ail-stack up --kind release-codebuild`, or give --project";
        let call = cloudformation.describe_stacks().stack_name(&stack);
        let found = match call.send().await.during("DescribeStacks") {
            Ok(answer) => answer.stacks.unwrap_or_default().into_iter().next(),
            Err(error) if error.is_not_found() => None,
            Err(error) => {
                return Err(error.context(format!("cannot look for the stack {stack} ({region})")));
            }
        };
        let found = found.ok_or_else(|| {
            let what = format!(
                "the stack {stack}, which has the release project, does not exist ({region})"
            );
            Error::new(Exit::NotFound, what).next(next)
        })?;
        let output = found.outputs().iter().find(|o| o.output_key() == Some("ProjectName"));
        output.and_then(|output| output.output_value()).map(str::to_owned).ok_or_else(|| {
            let status = found.stack_status().map_or("no status", |status| status.as_str());
            Error::new(
                Exit::NotFound,
                format!("the stack {stack} ({region}) has no output ProjectName"),
            )
            .because(format!("it is {status}"))
            .next(next)
        })
    }
}
