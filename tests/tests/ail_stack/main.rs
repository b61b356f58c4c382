//! `ail-stack` as its users run it.

mod down;
mod failure;
mod kept;
mod lists;
mod machine;
mod permanent;
mod resume;
mod run;
mod signals;
mod stacks;
mod up;
mod usage;
