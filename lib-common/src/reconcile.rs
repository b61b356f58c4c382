//! From what there is to what there shall be, over a graph of resources.
//!
//! A [`Resource`] says what it needs, how it is found (by its tags, by the id of an
//! earlier run, by what it is), what it shall be, and how it is made, mended and deleted.
//! The rest is here, and is the same for every architecture:
//!
//! 1. [`survey`]: look for everything, in parallel;
//! 2. [`Plan`]: compare what was found with the wish, without a call;
//! 3. [`apply`] or [`remove`]: make the calls, in parallel along the graph.
//!
//! [`verify`] compares with the seals of an earlier run too, and looks for what nobody
//! planned; [`repair`] contains that first, mends, and looks again.
//!
//! There is no state file. What a killed run made carries its tags from the creating call
//! on, so the next run finds it and goes on.

mod apply;
mod call;
mod compare;
mod contain;
mod fate;
mod finding;
mod graph;
mod known;
mod line;
mod plan;
mod remove;
mod repair;
mod resource;
mod sealed;
mod severity;
mod staying;
mod strangers;
mod survey;
mod sweep;
mod verbs;
mod walk;

pub use call::Call;
pub use compare::Difference;
pub use fate::Fate;
pub use finding::{Finding, Kind};
pub use graph::Graph;
pub use known::Known;
pub use line::Line;
pub use plan::{Deed, Plan, Step};
pub use repair::{Repaired, repair};
pub use resource::{Facts, Found, Key, Resource};
pub use sealed::{Sealed, Seals};
pub use severity::{Severity, Wrong};
pub use strangers::Strangers;
pub use survey::{Sight, Survey};
pub use verbs::{State, Status, down, findings, status, up, verify};

pub use apply::apply;
pub use remove::remove;
pub use survey::survey;

#[cfg(test)]
mod tests;
