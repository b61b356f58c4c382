//! A release from its sums to whoever downloads it: `ail-export sign` and `verify`, over a
//! bucket that a distribution serves.

mod bill;
mod mirror;
mod signed;
mod stage;
mod unread;
mod verified;
