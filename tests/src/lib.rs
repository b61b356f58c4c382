//! Black-box tests: the real binaries against the local cloud.
