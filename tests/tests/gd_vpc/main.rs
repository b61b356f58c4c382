//! `gd-vpc`: every verb, what it prints, how it ends, and what is in the account then.

mod border;
mod build;
mod classic;
mod draw;
mod key;
mod kill;
mod refuse;
mod ssh;
mod stage;
mod switch;
mod tamper;
mod terraform;
