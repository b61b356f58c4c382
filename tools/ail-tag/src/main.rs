//! Add, remove and show the tags of everything a release made.

fn main() {}
