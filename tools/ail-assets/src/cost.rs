//! What an asset costs while it lies there: an estimate from the public prices.

use humansize::{BINARY, format_size};
use lib_common::asset::{Asset, Kind};
use schemars::JsonSchema;
use serde::Serialize;

use crate::prices::{Prices, Region};

/// What AWS itself reckons a month to be (AWS Pricing Calculator: 365 days of 24 h in 12
/// months).
const HOURS: f64 = 730.0;
/// S3 stores a GB of its price list in 2^30 bytes, and so do volumes and snapshots.
const GIB: f64 = 1_073_741_824.0;

/// What an asset costs a month: an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cost {
    /// The amount; `null` where there is no price for it.
    pub month: Option<f64>,
    /// Its currency.
    pub currency: String,
    /// How it comes about, or why there is none.
    pub basis: String,
    /// Whether it may be less, but not more.
    pub at_most: bool,
    /// The day of the prices.
    pub prices_of: String,
}

/// Estimates by the prices of one region.
#[derive(Debug)]
pub struct Estimator<'a> {
    prices: &'a Prices,
    region: &'a str,
    of_region: Option<&'a Region>,
}

impl<'a> Estimator<'a> {
    /// For what lies in this region.
    pub fn new(prices: &'a Prices, region: &'a str) -> Self {
        Self { prices, region, of_region: prices.of(region) }
    }

    /// What this one costs.
    pub fn cost(&self, asset: &Asset) -> Cost {
        let (month, basis) = match self.amount(asset) {
            Ok((month, basis)) => (Some(month), basis),
            Err(why) => (None, why),
        };
        Cost {
            month,
            currency: self.prices.currency.clone(),
            basis,
            at_most: asset.kind == Kind::Snapshot && month.is_some(),
            prices_of: self.prices.date.to_string(),
        }
    }

    /// By which prices the estimate is made, for a person.
    pub fn source(&self) -> String {
        let (region, date) = (self.region, self.prices.date);
        match self.of_region {
            Some(_) => format!("an estimate by the prices of {region} on {date}"),
            None => format!(
                "there are no prices of {region} here, only those of {} on {date}",
                self.prices.regions()
            ),
        }
    }

    /// In what it is paid.
    pub fn currency(&self) -> &str {
        &self.prices.currency
    }

    /// Where AWS publishes its prices.
    pub fn urls(&self) -> String {
        self.prices.sources.join(", ")
    }

    fn amount(&self, asset: &Asset) -> Result<(f64, String), String> {
        if !asset.costs {
            return Ok((0.0, free(asset).to_owned()));
        }
        let region = self.of_region.ok_or_else(|| format!("no prices of {}", self.region))?;
        let table = match asset.kind {
            Kind::Instance => &region.instance_hour,
            Kind::Volume => &region.volume_gib_month,
            Kind::Snapshot => &region.snapshot_gib_month,
            Kind::Object | Kind::Upload => &region.object_gib_month,
            other => return Err(format!("no price of a {}", other.noun())),
        };
        let class = asset.billed_as.as_deref().ok_or("it does not say what it is billed as")?;
        let price =
            table.get(class).ok_or_else(|| format!("no price of {class} in {}", self.region))?;
        let currency = &self.prices.currency;
        if asset.kind == Kind::Instance {
            return Ok((price * HOURS, format!("{HOURS} h of {class} at {price} {currency}/h")));
        }
        let bytes = asset.bytes.ok_or("its size is not known")?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate of what is below 2^53 bytes")]
        let gib = bytes as f64 / GIB;
        let size = format_size(bytes, BINARY);
        // Only what differs from older snapshots of the same volume is paid for.
        let most = if asset.kind == Kind::Snapshot { " at most" } else { "" };
        let basis = format!("{size}{most}, {class} at {price} {currency} a GiB-month");
        Ok((price * gib, basis))
    }
}

/// Why it costs nothing.
fn free(asset: &Asset) -> &'static str {
    match asset.kind {
        Kind::Instance => "free while it does not run; its volumes are not",
        Kind::Image => "free; its snapshots are not",
        Kind::Stack => "free; what is in it is listed by itself",
        Kind::KeyFile => "on this machine",
        _ => "free",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(kind: Kind, class: &str, gib: u64) -> Asset {
        Asset {
            billed_as: Some(class.to_owned()),
            bytes: Some(gib << 30),
            costs: true,
            ..Asset::new(kind, "x")
        }
    }

    fn cost(region: &str, asset: &Asset) -> (Option<String>, String, bool) {
        let cost = Estimator::new(Prices::known(), region).cost(asset);
        (cost.month.map(|month| format!("{month:.4}")), cost.basis, cost.at_most)
    }

    #[test]
    fn each_kind_is_reckoned_in_its_own_unit() {
        for (asset, month, basis, at_most) in [
            (
                asset(Kind::Instance, "t3.medium", 0),
                "35.0400",
                "730 h of t3.medium at 0.048 USD/h",
                false,
            ),
            (
                asset(Kind::Volume, "gp3", 100),
                "9.5200",
                "100 GiB, gp3 at 0.0952 USD a GiB-month",
                false,
            ),
            (
                asset(Kind::Snapshot, "standard", 8),
                "0.4320",
                "8 GiB at most, standard at 0.054 USD a GiB-month",
                true,
            ),
            (
                asset(Kind::Object, "STANDARD", 2),
                "0.0490",
                "2 GiB, STANDARD at 0.0245 USD a GiB-month",
                false,
            ),
            (
                asset(Kind::Upload, "STANDARD", 1),
                "0.0245",
                "1 GiB, STANDARD at 0.0245 USD a GiB-month",
                false,
            ),
        ] {
            let expected = (Some(month.to_owned()), basis.to_owned(), at_most);
            assert_eq!(cost("eu-central-1", &asset), expected);
        }
        let elsewhere = cost("us-east-1", &asset(Kind::Volume, "gp3", 100));
        assert_eq!(elsewhere.0.as_deref(), Some("8.0000"));
    }

    #[test]
    fn what_is_free_is_free_everywhere() {
        for kind in [Kind::Image, Kind::KeyPair, Kind::Stack, Kind::Instance] {
            let free = Asset::new(kind, "x");
            assert_eq!(cost("eu-west-9", &free).0.as_deref(), Some("0.0000"), "{kind}");
        }
    }

    #[test]
    fn what_has_no_price_says_so_and_is_not_free() {
        let mut sizeless = asset(Kind::Volume, "gp3", 1);
        sizeless.bytes = None;
        let mut classless = asset(Kind::Object, "", 1);
        classless.billed_as = None;
        for (region, asset, why) in [
            ("eu-west-9", asset(Kind::Volume, "gp3", 1), "no prices of eu-west-9"),
            ("us-east-1", asset(Kind::Volume, "io2", 1), "no price of io2 in us-east-1"),
            ("us-east-1", asset(Kind::Instance, "x9.huge", 1), "no price of x9.huge in us-east-1"),
            ("us-east-1", sizeless, "its size is not known"),
            ("us-east-1", classless, "it does not say what it is billed as"),
        ] {
            assert_eq!(cost(region, &asset), (None, why.to_owned(), false));
        }
    }
}
