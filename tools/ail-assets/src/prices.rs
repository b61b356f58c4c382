//! The public prices of AWS on one day, `prices.json`: on demand, Linux, without taxes.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

static TABLE: LazyLock<Prices> = LazyLock::new(|| {
    serde_json::from_str(include_str!("prices.json")).expect("a test reads the same file")
});

/// All prices, and where they come from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The day on which they held.
    pub date: Date,
    /// In what they are paid.
    pub currency: String,
    /// Where AWS publishes them.
    pub sources: Vec<String>,
    regions: BTreeMap<String, Region>,
}

/// The prices of a region.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Of an hour of a running instance, by its type.
    pub instance_hour: BTreeMap<String, f64>,
    /// Of a GiB of a volume for a month, by its type. What AWS calls a GB here is 2^30 bytes.
    pub volume_gib_month: BTreeMap<String, f64>,
    /// Of a GiB of a snapshot for a month, by its tier.
    pub snapshot_gib_month: BTreeMap<String, f64>,
    /// Of a GiB in S3 for a month, by its storage class; of the first 50 TB, which cost most.
    pub object_gib_month: BTreeMap<String, f64>,
}

impl Prices {
    /// The prices that this tool knows.
    pub fn known() -> &'static Self {
        &TABLE
    }

    /// Those of a region.
    pub fn of(&self, region: &str) -> Option<&Region> {
        self.regions.get(region)
    }

    /// The regions that have some, for a sentence.
    pub fn regions(&self) -> String {
        self.regions.keys().map(String::as_str).collect::<Vec<_>>().join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_prices_the_same_things_and_none_is_free() {
        let prices = Prices::known();
        assert_eq!((prices.currency.as_str(), prices.regions.len()), ("USD", 2));
        assert!(prices.sources.iter().all(|url| url.starts_with("https://aws.amazon.com/")));
        let tables = |region: &Region| {
            let Region { instance_hour, volume_gib_month, snapshot_gib_month, object_gib_month } =
                region;
            [instance_hour, volume_gib_month, snapshot_gib_month, object_gib_month].map(|table| {
                // A slipped decimal point: an hour of the largest costs half a dollar.
                assert!(table.values().all(|price| (0.001..1.0).contains(price)), "{table:?}");
                table.keys().cloned().collect::<Vec<_>>()
            })
        };
        let mut all = prices.regions.values().map(tables);
        let first = all.next().expect("there is one");
        assert!(all.all(|other| other == first));
    }
}
