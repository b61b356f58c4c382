//! `gd-fleet`, as its users meet it.

mod build;
mod input;
mod repair;
mod scale;
mod stage;
