//! `gd-worker`, as those meet it who send it jobs and read its results.

mod bad_images;
mod bad_messages;
mod certificates;
mod crash;
mod drain;
mod faults;
mod jobs;
mod memory;
mod name_server;
mod names;
mod redirects;
mod site;
mod stage;
mod start;
