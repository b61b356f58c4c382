//! `ail-build`, as its users meet it: builds that really run on the local cloud.

mod logs;
mod stage;
mod start;
mod start_refused;
mod stop;
mod wait;
