//! `ail-assets`, as its users meet it.

mod cost;
mod expired;
mod instance;
mod list;
mod removal;
mod stacks;
mod stage;
mod usage;
