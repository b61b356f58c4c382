//! `ail-export`: what it checks, makes, takes up again and takes back.

mod arguments;
mod failure;
mod interruption;
mod place;
mod preflight;
mod release;
mod resume;
