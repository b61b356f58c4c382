//! `just gameday` and what follows it: from nothing, under load, interrupted, and taken down.

mod interruption;
mod load;
mod stage;
