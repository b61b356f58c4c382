//! `ail-provision` as its users run it.

mod exec;
mod inventory;
mod machine;
mod playbook;
mod reach;
mod record;
mod roles;
