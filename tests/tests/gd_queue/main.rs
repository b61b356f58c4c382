//! `gd-queue`, as its users meet it.

mod architecture;
mod canary;
mod classic;
mod journal;
mod plot;
mod repair;
mod results;
mod send;
mod stage;
mod stats;
mod watch;
