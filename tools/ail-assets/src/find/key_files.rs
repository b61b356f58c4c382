//! Private keys on this machine.

use std::fs::{self, DirEntry};
use std::io::ErrorKind;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use lib_common::asset::{Asset, Kind};
use lib_common::{AssetId, Error, Exit, Result, state};

use crate::marks::Marks;
use crate::search::Search;

/// A file has no tags: its name, that of its key pair, says to which asset id and to which
/// run it belongs.
pub fn find(search: &Search) -> Result<Vec<Asset>> {
    let directory = state::directory()?;
    let cannot = |error: &std::io::Error| {
        Error::new(Exit::Failed, format!("cannot list the key files in {}", directory.display()))
            .caused_by(error)
    };
    let entries = match fs::read_dir(&directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| cannot(&e))?,
    };
    let mut assets = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| cannot(&e))?;
        let name = entry.file_name();
        let Some(key) = name.to_str().and_then(KeyFile::parse) else {
            continue;
        };
        let marks = Marks {
            asset_id: Some(key.asset_id.to_string()),
            run: Some(key.run.to_owned()),
            ..Marks::default()
        };
        if search.wants(&marks) {
            assets.extend(asset(&entry, marks));
        }
    }
    Ok(assets)
}

/// Nothing, if it went away this moment.
fn asset(entry: &DirEntry, marks: Marks) -> Option<Asset> {
    let data = entry.metadata().ok().filter(fs::Metadata::is_file)?;
    let written = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let written = Timestamp::from_second(i64::try_from(written.as_secs()).ok()?).ok()?;
    Some(Asset {
        name: entry.file_name().into_string().ok(),
        asset_id: marks.asset_id,
        run: marks.run,
        state: "on this machine".to_owned(),
        bytes: Some(data.len()),
        created: Some(written.to_string()),
        ..Asset::new(Kind::KeyFile, entry.path().to_string_lossy())
    })
}

/// What the name of a key file says: `ail-X-<8 hex>`, perhaps with an ending.
#[derive(Debug, PartialEq)]
struct KeyFile<'a> {
    asset_id: AssetId,
    run: &'a str,
}

impl<'a> KeyFile<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let rest = name.strip_prefix("ail-")?;
        // An asset id may have dots too, so the ending is tried second.
        Self::split(rest).or_else(|| Self::split(rest.rsplit_once('.')?.0))
    }

    fn split(text: &'a str) -> Option<Self> {
        let (asset_id, run) = text.rsplit_once('-')?;
        let is_run = run.len() == 8 && run.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        Some(Self { asset_id: asset_id.parse().ok().filter(|_| is_run)?, run })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_asset_id_and_its_run() {
        for (name, id, run) in [
            ("ail-1.0-00c0ffee", "1.0", "00c0ffee"),
            ("ail-1.0-00c0ffee.pem", "1.0", "00c0ffee"),
            ("ail-my lab-2.0-0badcafe-00c0ffee.pub", "my lab-2.0-0badcafe", "00c0ffee"),
        ] {
            let asset_id = id.parse().expect("valid");
            assert_eq!(KeyFile::parse(name), Some(KeyFile { asset_id, run }));
        }
        for other in
            ["id_ed25519", "ail-1.0", "ail-1.0-00C0FFEE", "ail--00c0ffee", "ail-1.0-c0ffee"]
        {
            assert_eq!(KeyFile::parse(other), None, "{other}");
        }
    }
}
