//! A release from its sums to whoever downloads it: `ail-export sign` and `verify`, over a
//! bucket that a distribution serves.

mod bill;
mod signed;
mod stage;
mod verified;
