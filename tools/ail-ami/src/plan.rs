//! What a dry run prints: a line a step.

use lib_common::lines::print;
use lib_common::{Outcome, Result};

/// Prints the plan instead of carrying it out.
pub fn show(steps: &[String]) -> Result<Outcome> {
    let steps: String = steps.iter().map(|step| format!("{step}\n")).collect();
    print(&steps).map(|()| Outcome::printed())
}
