//! The tags that mark what these tools made.

use jiff::{SignedDuration, Timestamp};

use crate::AssetId;

/// Marks everything of one release.
pub const ASSET_ID: &str = "ail:asset-id";
/// The tool that made it.
pub const TOOL: &str = "ail:tool";
/// The run that made it, 8 hex digits.
pub const RUN: &str = "ail:run";
/// When it is no longer needed (RFC 3339, UTC); only what a run takes down again has it.
pub const EXPIRES: &str = "ail:expires";

/// Key and value of the tags of one new resource, in the order in which they are shown.
pub type Tags = Vec<(String, String)>;

/// The tags of something that stays.
#[must_use]
pub fn lasting(asset_id: &AssetId, tool: &str, run: &str) -> Tags {
    [(ASSET_ID, asset_id.as_str()), (TOOL, tool), (RUN, run)]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// The tags of something that the run itself takes down; after `life` anybody may.
#[must_use]
pub fn passing(
    asset_id: &AssetId,
    tool: &str,
    run: &str,
    now: Timestamp,
    life: SignedDuration,
) -> Tags {
    let expires = now.saturating_add(life).unwrap_or(Timestamp::MAX);
    let mut tags = lasting(asset_id, tool, run);
    tags.push((EXPIRES.to_owned(), format!("{expires:.0}")));
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_says_when() {
        let id: AssetId = "1.0".parse().expect("valid");
        let now: Timestamp = "2026-01-31T23:00:00.25Z".parse().expect("valid");
        let tags = passing(&id, "ail-stack", "00c0ffee", now, SignedDuration::from_hours(24));
        let shown: Vec<_> = tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(
            shown,
            [
                "ail:asset-id=1.0",
                "ail:tool=ail-stack",
                "ail:run=00c0ffee",
                "ail:expires=2026-02-01T23:00:00Z"
            ]
        );
    }
}
