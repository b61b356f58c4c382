//! `gd-attack`, and what the tools of a GameDay make of each attack.

mod attacks;
mod catalogue;
mod contained;
mod coverage;
mod day;
mod guarded;
mod killed;
mod killed_anew;
mod proof;
mod random;
mod refused;
mod site;
mod sweeps;
mod table;

/// Attacks that the local cloud cannot express, and why. They are told of in the table and
/// not counted.
const INEXPRESSIBLE: &[(&str, &str)] = &[];
