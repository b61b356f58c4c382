//! `gd-fleet`, as its users meet it.

mod access;
mod backlog;
mod build;
mod classic;
mod consistency;
mod coverage;
mod extra;
mod identity;
mod input;
mod renewal;
mod repair;
mod scale;
mod stage;
