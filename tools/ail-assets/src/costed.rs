//! Assets with what they cost, and what they cost in all.

use humansize::{BINARY, format_size};
use lib_common::asset::Asset;
use lib_common::cli::Format;
use lib_common::lines::{List, Row};
use lib_common::{Result, progress::Progress};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cost::{Cost, Estimator};
use crate::find::Found;

/// The asset, and what it costs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Costed {
    #[serde(flatten)]
    pub asset: Asset,
    /// What it costs a month while it lies there: an estimate.
    pub cost: Cost,
}

/// A line of the list, or the sum below a table.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Entry {
    Asset(Box<Costed>),
    Sum { cells: Vec<String> },
}

/// What all of it costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    month: f64,
    /// Whether the real amount may be less.
    at_most: bool,
    /// How many have no price.
    unpriced: usize,
    priced: usize,
    /// How many kinds could not be read.
    unread: usize,
}

/// Prints the assets with what they cost. A table ends with the sum; JSON has none, so that
/// each of its lines is an asset.
pub fn print(found: &Found, estimator: &Estimator<'_>, format: Format) -> Result<Sum> {
    let mut list = List::new(format);
    let mut sum = Sum { unread: found.unread.len(), ..Sum::default() };
    for asset in &found.assets {
        let costed = Costed { asset: asset.clone(), cost: estimator.cost(asset) };
        sum.add(&costed);
        list.push(Entry::Asset(Box::new(costed)))?;
    }
    if matches!(format, Format::Table | Format::Markdown) && !found.assets.is_empty() {
        list.push(sum.entry(estimator))?;
    }
    list.finish()?;
    Ok(sum)
}

impl Sum {
    fn add(&mut self, costed: &Costed) {
        match costed.cost.month {
            Some(month) => {
                self.month += month;
                self.at_most |= costed.cost.at_most;
                self.priced += usize::from(costed.asset.costs);
            }
            None => self.unpriced += 1,
        }
    }

    /// The sum in a sentence: `at most 0.65 USD a month, and 1 without a price`.
    pub fn sentence(&self, currency: &str) -> String {
        let most = if self.at_most { "at most" } else { "about" };
        let amount = format!("{most} {} {currency} a month", amount(self.month));
        match (self.priced, self.unpriced) {
            (0, 0) => "nothing of it costs money by itself".to_owned(),
            (_, 0) => amount,
            (0, 1) => "1 asset has no price".to_owned(),
            (0, n) => format!("{n} assets have no price"),
            (_, 1) => format!("{amount}, and 1 asset that has no price"),
            (_, n) => format!("{amount}, and {n} assets that have no price"),
        }
    }

    fn entry(&self, estimator: &Estimator<'_>) -> Entry {
        let dash = || "-".to_owned();
        let month = match (self.priced, self.unpriced + self.unread) {
            (0, 0) => dash(),
            (0, _) => "?".to_owned(),
            (_, 0) => amount(self.month),
            _ => format!("{} + ?", amount(self.month)),
        };
        let (total, basis) = ("total".to_owned(), estimator.source());
        Entry::Sum { cells: vec![total, dash(), dash(), dash(), month, basis, dash()] }
    }
}

/// Says on stderr what all of it costs, by which prices, and what is not in it.
pub fn tell(sum: &Sum, estimator: &Estimator<'_>, progress: &Progress) {
    progress.say(&format!("{}: {}", sum.sentence(estimator.currency()), estimator.source()));
    progress.say(&format!(
        "not in it: taxes, requests, transfers, public addresses, IOPS; see {}",
        estimator.urls()
    ));
}

/// As money is written; what is less than a cent is not nothing.
fn amount(month: f64) -> String {
    match month {
        m if m > 0.0 && m < 0.005 => "<0.01".to_owned(),
        m => format!("{m:.2}"),
    }
}

impl Row for Entry {
    // The ids stand last: those of objects and stacks are long, and widen no column there.
    const HEADS: &'static [&'static str] =
        &["TYPE", "NAME", "STATE", "SIZE", "USD/MONTH", "BASIS", "ID"];

    fn cells(&self) -> Vec<String> {
        let costed = match self {
            Self::Asset(costed) => costed,
            Self::Sum { cells } => return cells.clone(),
        };
        let Costed { asset, cost } = costed.as_ref();
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let month = match cost.month {
            Some(month) if asset.costs => amount(month),
            Some(_) => "-".to_owned(),
            None => "?".to_owned(),
        };
        vec![
            asset.kind.to_string(),
            or_dash(asset.name.as_deref()),
            asset.state.clone(),
            asset.bytes.map_or_else(|| "-".to_owned(), |bytes| format_size(bytes, BINARY)),
            month,
            cost.basis.clone(),
            asset.id.clone(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_cent_is_not_nothing() {
        let cases = [(0.0, "0.00"), (0.0001, "<0.01"), (0.005, "0.01"), (35.04, "35.04")];
        for (month, text) in cases {
            assert_eq!(amount(month), text);
        }
    }

    #[test]
    fn a_sum_tells_what_it_lacks() {
        for (priced, unpriced, at_most, text) in [
            (0, 0, false, "nothing of it costs money by itself"),
            (2, 0, false, "about 1.50 USD a month"),
            (2, 0, true, "at most 1.50 USD a month"),
            (2, 1, false, "about 1.50 USD a month, and 1 asset that has no price"),
            (0, 2, false, "2 assets have no price"),
        ] {
            let sum = Sum { month: 1.5, at_most, unpriced, priced, unread: 0 };
            assert_eq!(sum.sentence("USD"), text);
        }
    }
}
