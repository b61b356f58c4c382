//! Install software on a running instance over SSH with Ansible.

fn main() {}
