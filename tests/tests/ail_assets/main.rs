//! `ail-assets`, as its users meet it.

mod expired;
mod instance;
mod list;
mod removal;
mod stacks;
mod stage;
mod usage;
