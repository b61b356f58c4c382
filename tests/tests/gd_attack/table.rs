//! The page that tells how fast each attack was found, mended and proven mended.
//!
//! Its times are those of the runs that wrote it (`just attack-table`), each line's of the last
//! one that made that attack; all else in it must be what the tool says today.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::INEXPRESSIBLE;
use crate::catalogue::{finding, in_order, text};

/// How long after the damage.
#[derive(Clone, Copy)]
pub struct Row {
    pub found: Duration,
    pub repaired: Duration,
    pub healthy: Duration,
}

static WRITING: Mutex<()> = Mutex::new(());

const HEAD: &str = "\
# What was attacked, found and mended

Each line is a test of its own (`tests/tests/gd_attack/`): on a GameDay with a worker that works, the attack is made, \
`verify` has to tell the finding, `repair` of the three tools mends it, a canary proves that montages are made, and a \
second `repair` makes no call. The seconds are those since the damage, on the local cloud, of the run that wrote the \
line (`scripts/just attack-table`). What AWS does within a minute takes five seconds there: a deleted queue's name is \
free again so much earlier.

| attack | it | found as | mended by | found | repaired | healthy |
|---|---|---|---|---:|---:|---:|
";

/// Writes a line of the page anew, if that was asked for.
pub fn add(name: &str, row: Row) {
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if std::env::var_os("GD_ATTACK_TABLE").is_some() {
        std::fs::write(page(), written(name, row)).expect("the page can be written");
    }
}

fn page() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../doc/attacks.md"))
}

/// The page with this line as it was now, and the times of all others as they stand.
fn written(name: &str, row: Row) -> String {
    let before = std::fs::read_to_string(page()).unwrap_or_default();
    let stands = |name: &str| {
        let line = before.lines().find(|line| line.starts_with(&format!("| `{name}` |")))?;
        Some(line.splitn(6, '|').last()?.trim().trim_end_matches('|').trim().to_owned())
    };
    let lines = in_order().into_iter().map(|attack| {
        let other = text(&attack, "name");
        let times = match INEXPRESSIBLE.iter().find(|(one, _)| *one == other) {
            Some((_, why)) => format!("not on the local cloud: {why} | |"),
            None if other == name => [row.found, row.repaired, row.healthy]
                .map(|time| format!("{:.1} s", time.as_secs_f64()))
                .join(" | "),
            None => stands(other).unwrap_or_else(|| "| |".to_owned()),
        };
        format!("{} {times} |\n", told(&attack))
    });
    HEAD.to_owned() + &lines.collect::<String>()
}

/// The columns that follow from the tool alone.
fn told(attack: &serde_json::Value) -> String {
    format!(
        "| `{}` | {} | `{}` of {} | `{}` |",
        text(attack, "name"),
        text(attack, "does"),
        finding(attack),
        text(attack, "tool"),
        text(attack, "mend"),
    )
}

#[test]
fn the_page_is_what_the_tool_says_today() {
    let page = std::fs::read_to_string(page()).expect("doc/attacks.md");
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    let fresh: Vec<_> = in_order().iter().map(told).collect();
    let stands: Vec<String> =
        lines.map(|line| line.split_inclusive('|').take(5).collect()).collect();
    assert!(page.starts_with(HEAD));
    assert_eq!(stands, fresh, "write it: scripts/just attack-table");
}
