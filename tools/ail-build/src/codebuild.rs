//! The calls to CodeBuild, in the words of this tool.

use aws_sdk_codebuild::Client;
use aws_sdk_codebuild::types;
use lib_common::aws::During;
use lib_common::{Error, Exit, Result};

/// BatchGetBuilds takes as many (AWS CodeBuild API Reference).
const AT_ONCE: usize = 100;
/// The longest that a build can wait and run (AWS CodeBuild quotas: 8 and 36 hours), and a
/// day for clocks that differ: what was started before is not under way any more.
const LONGEST_SECONDS: i64 = (8 + 36 + 24) * 3600;

/// One build; `None` if CodeBuild does not know it.
pub async fn find(codebuild: &Client, id: &str) -> Result<Option<types::Build>> {
    Ok(batch(codebuild, vec![id.to_owned()]).await?.into_iter().next())
}

/// One build that has to be there.
pub async fn get(codebuild: &Client, id: &str, region: &str) -> Result<types::Build> {
    find(codebuild, id).await?.ok_or_else(|| {
        Error::new(Exit::NotFound, format!("the build {id} does not exist ({region})"))
            .next("check the id and the region; CodeBuild forgets builds after a year")
    })
}

/// The newest build of a project, and those that are under way.
pub async fn recent(codebuild: &Client, project: &str) -> Result<Recent> {
    let mut recent = Recent::default();
    let mut pages =
        codebuild.list_builds_for_project().project_name(project).into_paginator().send();
    while let Some(page) = pages.next().await {
        let ids = page.during("ListBuildsForProject")?.ids.unwrap_or_default();
        recent.newest = recent.newest.or_else(|| ids.first().cloned());
        let mut oldest = i64::MAX;
        for ids in ids.chunks(AT_ONCE) {
            for build in batch(codebuild, ids.to_vec()).await? {
                oldest = oldest.min(build.start_time().map_or(i64::MAX, |at| at.secs()));
                if !build.build_complete() {
                    recent.under_way.push(build);
                }
            }
        }
        // They come with the newest first.
        if oldest < jiff::Timestamp::now().as_second() - LONGEST_SECONDS {
            break;
        }
    }
    Ok(recent)
}

/// What a project was at lately.
#[derive(Debug, Default)]
pub struct Recent {
    pub newest: Option<String>,
    pub under_way: Vec<types::Build>,
}

async fn batch(codebuild: &Client, ids: Vec<String>) -> Result<Vec<types::Build>> {
    let call = codebuild.batch_get_builds().set_ids(Some(ids));
    Ok(call.send().await.during("BatchGetBuilds")?.builds.unwrap_or_default())
}
