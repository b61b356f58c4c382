//! Every line that this tool prints, for `gd-queue schema lines`.

use lib_common::reconcile;
use schemars::JsonSchema;

use crate::canary::Canary;
use crate::results::Montage;
use crate::sample::Sample;
use crate::send::Sent;
use crate::stats::Stats;

/// One line.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub enum Line {
    /// Of `send`.
    Sent(Sent),
    /// Of `results`.
    Montage(Montage),
    /// Of `canary`.
    Canary(Canary),
    /// Of `stats`.
    Stats(Stats),
    /// Of `watch`.
    Sample(Sample),
    /// Of `status` and `verify`.
    Part(reconcile::Line),
}
