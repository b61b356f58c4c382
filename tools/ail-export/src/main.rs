//! Export machine images as VM disks to S3.

fn main() {}
