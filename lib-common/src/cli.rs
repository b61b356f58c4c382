//! The command line that all tools share: options, help, signals and the way to end.

mod common;
mod manual;
mod run;
mod tool;

pub use common::{Common, Format};
pub use run::run;
pub use tool::Tool;
