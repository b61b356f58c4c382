//! What the tests stand on: files in a directory of their own, and a record of a release.

use std::path::PathBuf;

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// A changelog that is ready for v1.1.0.
pub const CHANGELOG: &str = "\
# Changelog

## [1.1.0] - 2026-11-22

### Added

- Notes, see [#12].

## [1.0.0] - 2026-01-01

- All of it.

[#12]: https://example.org/12
";

/// Writes a file into the directory in which the tools run.
pub fn write(lab: &Lab, name: &str, text: &str) -> PathBuf {
    let path = lab.home().join(name);
    let directory = path.parent().expect("it lies in the home");
    std::fs::create_dir_all(directory).expect("a directory can be made");
    std::fs::write(&path, text).expect("a file can be written");
    path
}

pub fn notes(lab: &Lab, arguments: &[&str]) -> Tool {
    lab.tool("ail-notes").args(arguments)
}

/// Makes the directory a repository whose commit has these tags.
pub fn tagged(lab: &Lab, tags: &[&str]) {
    let commit = "git init -q && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x";
    let tags = tags.iter().map(|tag| format!(" && git tag {tag}")).collect::<String>();
    lab.program("/bin/sh").args(["-c", &(commit.to_owned() + &tags)]).run().exits(0);
}

/// A release with a machine image and a disk.
pub fn record() -> Value {
    json!({
        "schema": "ail/1",
        "asset_id": "ai-lab-1.1.0",
        "region": "eu-central-1",
        "image": {"id": "ami-0a1b2c3d4e5f60718", "name": "ail-ai-lab-1.1.0", "state": "available",
                  "snapshots": ["snap-0a1b2c3d4e5f60718"], "public": true},
        "exports": [{"format": "vhd", "task": "export-ami-0a1b2c3d4e5f60718", "bucket": "images",
                     "key": "ai_lab/ai-lab-1.1.0/ai-lab-ai-lab-1.1.0.vhd", "bytes": 3_221_225_472_u64,
                     "sha256": "5d41402abc4b2a76b9719d911017c592",
                     "url": "https://d1.cloudfront.net/ai_lab/ai-lab-1.1.0/ai-lab-ai-lab-1.1.0.vhd"}],
    })
}

/// What `render` makes of that record.
pub const IMAGES: &str = "\
| Image | Where | Size | SHA-256 |
|---|---|---|---|
| Amazon Machine Image | `ami-0a1b2c3d4e5f60718` in eu-central-1, public | - | - |
| VHD (Hyper-V) | [ai-lab-ai-lab-1.1.0.vhd]\
(<https://d1.cloudfront.net/ai_lab/ai-lab-1.1.0/ai-lab-ai-lab-1.1.0.vhd>) | 3 GiB | \
`5d41402abc4b2a76b9719d911017c592` |
";
