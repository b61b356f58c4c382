//! Five at once, chosen by a seed: whole again, whatever they are.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;

use crate::catalogue::{LISTED, finding, text};
use crate::day::Day;

macro_rules! seeds {
    ($($test:ident $seed:literal)+) => {
        $(#[test]
        fn $test() {
            whole_again($seed);
        })+
    };
}

seeds! {
    seed_1 1
    seed_2 2
    seed_3 3
    seed_4 4
    seed_5 5
    seed_6 6
    seed_7 7
    seed_8 8
    seed_9 9
    seed_10 10
}

fn whole_again(seed: u32) {
    let mut day = Day::whole();
    let envelope = day.file(&format!("envelope-{seed}.json"));
    let (seed, path) = (seed.to_string(), envelope.to_string_lossy());
    let ran = day.attack(&["--random", "--seed", &seed, "--count", "5", "--envelope", &path]);
    // Only the envelope tells what was done.
    let sealed = ran.lines().pop().expect("a line");
    assert_eq!((&sealed["attacks"], &sealed["envelope"]), (&5.into(), &Value::from(&*path)));
    let mode = std::fs::metadata(&envelope).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let findings = day.all_findings();
    day.repair();
    day.canary();
    day.repairs_nothing();
    day.is_whole();

    assert_eq!(text(&sealed, "sha256"), sha256sum(&path));
    let opened = std::fs::read(&envelope).expect("it is there");
    let opened: Value = serde_json::from_slice(&opened).expect("it is JSON");
    assert_eq!((text(&opened, "team"), opened["seed"].to_string()), ("red", seed));
    let attacks = opened["attacks"].as_array().expect("a list");
    assert_eq!(attacks.len(), 5);
    for attack in attacks {
        let listed = &LISTED[text(attack, "name")];
        let expected = (text(listed, "tool"), finding(listed));
        let told: Vec<_> = findings.iter().map(|(tool, line)| (*tool, finding(line))).collect();
        assert!(told.contains(&expected), "{attack}: not in {told:#?}");
        assert!(text(attack, "began") < text(attack, "ended"), "{attack}");
    }
}

fn sha256sum(path: &str) -> String {
    let out = Command::new("sha256sum").arg(path).output().expect("coreutils");
    let out = String::from_utf8(out.stdout).expect("text");
    out.split_whitespace().next().expect("a sum").to_owned()
}
