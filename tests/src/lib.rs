//! Black-box tests: the real binaries against the local cloud.
//!
//! A test file has one cloud, which its tests share ([`Cloud::shared`]); each test calls
//! it under an access key of its own, so that it counts and disturbs only its own calls.
//!
//! ```no_run
//! let lab = tests::Lab::new();
//! lab.tool("ail-ami").args(["find", "--name", "no such image"]).run().exits(66).stdout("");
//! assert_eq!(lab.mutating_calls(), [""; 0]);
//! ```

mod cloud;
mod kill;
mod lab;
mod ran;
mod redact;
mod tool;

pub use cloud::Cloud;
pub use lab::{Fault, Lab};
pub use ran::Ran;
pub use tool::{Running, Tool};
