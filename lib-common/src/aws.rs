//! The AWS configuration that all clients of a tool share, and what their failures mean.

mod failure;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::{Builder, tls::rustls_provider::CryptoMode};

pub use failure::{During, Explain, OrGone};

use crate::{Error, Exit, Result};

/// A host on another continent answers a SYN in well under a second; three of them are
/// lost before this ends.
const CONNECT: Duration = Duration::from_secs(10);
/// The slowest single answers (CreateImage, large Describe pages) take tens of seconds.
const ATTEMPT: Duration = Duration::from_secs(60);
/// All attempts of one call with their backoff.
const OPERATION: Duration = Duration::from_secs(300);
/// With adaptive pacing, throttling is slowed down for; eight attempts span about two
/// minutes of it.
const ATTEMPTS: u32 = 8;

/// Where the calls go; what is `None` comes from the standard AWS environment and files.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The region (`eu-central-1`).
    pub region: Option<String>,
    /// The profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// Another endpoint than AWS's own.
    pub endpoint_url: Option<String>,
}

/// Loads the configuration. No call is made, but for those of the credential provider
/// that the profile names.
pub async fn config(tool: &'static str, target: Target) -> Result<SdkConfig> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::adaptive().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts)
        .app_name(AppName::new(tool).expect("tool names are valid in a user agent"));
    if let Some(region) = target.region {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = target.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = target.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    match config.region() {
        Some(_) => Ok(config),
        None => Err(Error::new(Exit::Usage, "no region is set")
            .next("give --region, or set AWS_REGION, or a region in the profile")),
    }
}

/// The region of a configuration that [`config`] loaded.
#[must_use]
pub fn region(config: &SdkConfig) -> &str {
    config.region().map_or("no region", |region| region.as_ref())
}
