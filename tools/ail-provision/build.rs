//! Builds anew when an embedded role changes: the compiler does not see those files.

fn main() {
    println!("cargo::rerun-if-changed=ansible");
}
