//! List and remove everything that carries an asset id.

fn main() {}
