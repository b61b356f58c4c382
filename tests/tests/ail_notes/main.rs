//! `ail-notes`, as its users meet it.

mod check;
mod release_notes;
mod render;
mod stage;
