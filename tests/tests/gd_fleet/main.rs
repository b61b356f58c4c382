//! `gd-fleet`, as its users meet it.

mod backlog;
mod build;
mod classic;
mod extra;
mod input;
mod renewal;
mod repair;
mod scale;
mod stage;
