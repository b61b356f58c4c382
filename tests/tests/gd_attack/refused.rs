//! What is not attacked: another team's, untagged, without the word of whoever attacks.

use nix::sys::signal::Signal;
use serde_json::json;
use tests::{Fault, Lab};

use crate::day::{Day, TEAM};

#[test]
fn nothing_is_attacked_without_yes_and_a_dry_run_tells_what_would_be() {
    let day = Day::whole();
    let lab = Lab::new();
    let attack = |more: &[&str]| {
        let arguments = [&["run", "alarm-mute", "input-delayed", "--team", TEAM], more].concat();
        day.tool_of(&lab, "gd-attack").args(arguments).run()
    };
    attack(&[]).exits(80).stdout("").stderr(
        "gd-attack: this would attack the GameDay of the team red\n  \
         next: look at it with --dry-run, then give --yes\n",
    );
    let ran = attack(&["--dry-run"]).exits(0);
    let said: Vec<_> = ran.stdout_text().lines().collect();
    assert!(said[0].starts_with("would do alarm-mute: switches the actions of the alarm off"));
    assert!(said[1].starts_with("would do input-delayed: delays every job by a quarter"));
    assert_eq!((said.len(), lab.mutating_calls().len()), (2, 0), "{said:#?}");
    let mut day = day;
    day.is_whole();
}

#[test]
fn another_teams_gameday_is_left_alone() {
    let mut day = Day::whole();
    let lab = Lab::new();
    let run = ["run", "alarm-mute", "--yes", "--team"];
    let ran = day.tool_of(&lab, "gd-attack").args([&run[..], &["blue"]].concat()).run();
    ran.exits(65).stdout("").stderr(
        "gd-attack: the record is of the team red, and --team is blue\n  \
         next: give the record of the team that is to be attacked; nothing was called\n",
    );
    assert_eq!(lab.calls(), [""; 0]);

    // A record that somebody has changed does not help: the tags of the account decide.
    let mut forged = day.record.clone();
    forged["team"] = json!("blue");
    let ran = day.tool_of(&lab, "gd-attack").args([&run[..], &["blue"]].concat());
    let ran = ran.record(&forged).run().exits(73).stdout("");
    let said = "gd-attack: many-jobs has gd:team=red, and not gd:team=blue: it is left alone\n";
    assert!(ran.stderr_raw().starts_with(said), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), [""; 0]);
    day.is_whole();
}

#[test]
fn what_lost_its_tag_is_left_alone_and_so_is_all_else_of_that_run() {
    let mut day = Day::whole();
    day.attack(&["private-subnet-untagged"]);
    let lab = Lab::new();
    let run = ["run", "alarm-mute", "private-table-left", "--team", TEAM, "--yes"];
    let ran = day.tool_of(&lab, "gd-attack").args(run).run().exits(73).stdout("");
    let said =
        "gd-attack: private-subnet has no tag gd:team, and not gd:team=red: it is left alone";
    assert!(ran.stderr_raw().starts_with(said), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), [""; 0]);
    day.repair();
    day.is_whole();
}

#[test]
fn an_attack_that_does_not_exist_and_a_choice_that_cannot_be_are_usage_errors() {
    let lab = Lab::new();
    for (arguments, said) in [
        (&["nothing"][..], "gd-attack: there is no attack nothing\n"),
        (&["--random", "--count", "99"], "gd-attack: there are only "),
        (&[], "error: the following required arguments were not provided"),
        (&["alarm-mute", "--random"], "error: the argument '[ATTACK]...' cannot be used with"),
    ] {
        let run = [&["run", "--team", TEAM, "--yes"], arguments].concat();
        let ran = lab.tool("gd-attack").args(run).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains(said), "{ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_signal_ends_the_run_after_the_deed_and_the_envelope_tells_of_it() {
    let mut day = Day::whole();
    let lab = Lab::new();
    let operation = "DisableAlarmActions";
    lab.fault(&Fault { service: "monitoring", operation, delay: 3.0, ..Fault::default() });
    let envelope = day.file("interrupted.json");
    let path = envelope.to_string_lossy();
    let run = ["run", "alarm-mute", "input-delayed", "--team", TEAM, "--yes", "--envelope", &path];
    let running = day.tool_of(&lab, "gd-attack").args(run).start();
    let begun = || std::fs::read_to_string(&envelope).is_ok_and(|text| text.contains("alarm-mute"));
    while !begun() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    running.signal(Signal::SIGINT);
    let ran = running.wait().exits(130);
    assert_eq!(ran.lines()[0]["attacks"], 1, "{ran:#?}");
    assert_eq!(lab.mutating_calls(), [operation]);
    let opened = std::fs::read(&envelope).expect("it is there");
    let opened: serde_json::Value = serde_json::from_slice(&opened).expect("it is JSON");
    assert_eq!(opened["attacks"].as_array().map(Vec::len), Some(1));
    day.repair();
    day.is_whole();
}
