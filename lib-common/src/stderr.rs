//! Messages for people, beside the result.

use std::io::Write;

/// Writes a message and its line end in one piece: the stages of a pipeline share one
/// stderr. That it takes nothing any more is no reason to end what is under way.
pub(crate) fn say(message: &str) {
    let _ = std::io::stderr().lock().write_all(format!("{message}\n").as_bytes());
}
