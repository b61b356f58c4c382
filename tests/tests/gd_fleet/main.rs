//! `gd-fleet`, as its users meet it.

mod backlog;
mod build;
mod classic;
mod input;
mod repair;
mod scale;
mod stage;
