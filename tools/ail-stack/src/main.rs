//! Bring CloudFormation stacks up and down, and run a command while one is up.

fn main() {}
