//! What every ail-tools binary shares: the command line and its exit codes, the
//! record, the AWS configuration, errors and their one renderer, the waiter,
//! progress, asset names, tags and lines, and undo. It knows no tool.

pub mod asset;
pub mod aws;
pub mod cli;
pub mod consistency;
mod context;
mod error;
mod exit;
pub mod lines;
pub mod names;
mod outcome;
pub mod progress;
pub mod reconcile;
pub mod record;
pub mod state;
mod stderr;
pub mod tags;
pub mod team;
pub mod undo;
pub mod vendor;
pub mod wait;

pub use context::{Context, Ending};
pub use error::{Error, Result};
pub use exit::Exit;
pub use names::AssetId;
pub use outcome::Outcome;
pub use record::{Member, Record};
