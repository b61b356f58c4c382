//! The Auto Scaling group of the workers.

use lib_common::record::Fleet;
use lib_common::{Record, Result};

/// The group of the GameDay's instructions.
const DEFAULT: &str = "worker-group";

/// The group's name, as the record has it.
pub fn of(record: &Record) -> Result<String> {
    Ok(record.get::<Fleet>()?.map_or_else(|| DEFAULT.to_owned(), |fleet| fleet.group))
}
