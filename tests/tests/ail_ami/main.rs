//! `ail-ami`: every verb, what it prints, how it ends, and what it leaves.

mod copy;
mod create;
mod deprecate;
mod find;
mod interrupt;
mod remove;
mod share;
mod stage;
