//! What every tool does the same way: help, schema, man page, completions, bad input,
//! missing credentials, an endpoint that is not there.

use std::time::Duration;

use nix::sys::signal::Signal;
use tests::Lab;

const TOOLS: [&str; 13] = [
    "ail-ami",
    "ail-stack",
    "ail-provision",
    "ail-export",
    "ail-build",
    "ail-notes",
    "ail-tag",
    "ail-assets",
    "gd-vpc",
    "gd-queue",
    "gd-fleet",
    "gd-worker",
    "gd-attack",
];

#[test]
fn help_begins_with_examples() {
    let lab = Lab::new();
    for tool in TOOLS {
        let ran = lab.tool(tool).args(["--help"]).run().exits(0);
        assert!(ran.stdout_text().starts_with("Examples:\n  # "), "{ran:#?}");
        assert!(ran.stdout_text().contains("Usage: "), "{ran:#?}");
    }
}

#[test]
fn the_schema_is_a_json_schema_of_a_record() {
    let lab = Lab::new();
    for tool in TOOLS {
        let schema = lab.tool(tool).args(["schema"]).run().exits(0).json();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["properties"]["schema"]["const"], "ail/1");
    }
}

#[test]
fn completions_are_scripts_of_their_shell() {
    let lab = Lab::new();
    for tool in TOOLS {
        for shell in ["bash", "zsh", "fish"] {
            let ran = lab.tool(tool).args(["completions", shell]).run().exits(0);
            assert!(ran.stdout_text().contains(tool), "{ran:#?}");
        }
    }
}

#[test]
fn an_unknown_option_is_a_usage_error() {
    let lab = Lab::new();
    for tool in TOOLS {
        let ran = lab.tool(tool).args(["--no-such-option"]).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains("unexpected argument '--no-such-option'"), "{ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn an_asset_id_that_some_service_refuses_is_a_usage_error() {
    let lab = Lab::new();
    for id in ["", "a/b", "ümlaut", "-x", "x ", &"x".repeat(101)] {
        let given = format!("--asset-id={id}");
        let ran = lab.tool("ail-assets").args(["list", &given]).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains("an asset id "), "{ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

/// The verbs that read a record, each with the arguments without which it would fail earlier.
const READERS: [(&str, &[&str]); 13] = [
    ("ail-ami", &["check"]),
    ("ail-ami", &["create"]),
    ("ail-stack", &["up", "--kind", "ec2", "--ssh-cidr", "192.0.2.1/32"]),
    ("ail-provision", &["install"]),
    ("ail-export", &["check"]),
    ("ail-export", &["run"]),
    ("ail-build", &["wait"]),
    ("ail-assets", &["list"]),
    ("ail-notes", &["render"]),
    ("gd-vpc", &["status"]),
    ("gd-queue", &["status"]),
    ("gd-fleet", &["status"]),
    ("gd-worker", &["run"]),
];

#[test]
fn a_broken_record_is_refused_before_any_call() {
    let lab = Lab::new();
    for (tool, arguments) in READERS {
        for (input, reason) in [
            ("", "it is empty"),
            ("{\"schema\":\"ail/1\",", "it is not one JSON object: EOF"),
            ("no JSON", "it is not one JSON object: expected ident at line 1"),
            ("[]", "expected a JSON object, found an array"),
            ("{}", "schema: expected \"ail/1\", found nothing"),
            ("{\"schema\":\"ail/9\"}", "schema: expected \"ail/1\", found \"ail/9\""),
            ("{\"schema\":\"ail/1\",\"asset_id\":1}", "asset_id: invalid type: integer `1`"),
        ] {
            let ran = lab.tool(tool).args(arguments).stdin(input).run().exits(65).stdout("");
            assert!(ran.stderr_raw().contains(reason), "{reason}: {ran:#?}");
        }
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_wrong_type_deep_in_a_member_is_named_by_its_path() {
    let lab = Lab::new();
    let record = r#"{"schema":"ail/1","asset_id":"x","image":{"id":7}}"#;
    lab.tool("ail-export").args(["run"]).stdin(record).run().exits(65).stdout("").stderr(
        "ail-export: the input is not a record that this tool can read\n  \
             image.id: invalid type: integer `7`, expected a string\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn missing_credentials_are_one_clear_error() {
    let lab = Lab::new();
    for (tool, arguments) in [("ail-ami", &["find"][..]), ("ail-assets", &["list"])] {
        let ran = lab
            .tool(tool)
            .args(arguments)
            .args(["--asset-id", "x"])
            .env_remove("AWS_ACCESS_KEY_ID")
            .record(&serde_json::json!({"schema": "ail/1"}))
            .run()
            .exits(77)
            .stdout("");
        assert!(ran.stderr_raw().contains("no AWS credentials were found"), "{ran:#?}");
    }
}

#[test]
fn no_region_is_a_usage_error() {
    let lab = Lab::new();
    lab.tool("ail-ami")
        .args(["find"])
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .run()
        .exits(2)
        .stdout("")
        .stderr(
            "ail-ami: no region is set\n  \
             next: give --region, or set AWS_REGION, or a region in the profile\n",
        );
}

#[test]
fn a_region_that_does_not_exist_is_told_at_once() {
    let lab = Lab::new();
    let ran = lab.tool("ail-ami").args(["find", "--region", "eu-centrl-1"]).run();
    let ran = ran.exits(77).stdout("");
    let why = "DescribeImages: AuthFailure: Credential should be scoped to a valid region";
    assert!(ran.stderr_raw().contains(why), "{ran:#?}");
}

#[test]
fn an_endpoint_that_is_not_there_is_said_in_one_sentence() {
    let lab = Lab::new();
    let ran = lab
        .tool("ail-ami")
        // Port 9 is discard, which nothing here listens on.
        .args(["find", "--endpoint-url", "http://127.0.0.1:9"])
        .run()
        .exits(69)
        .stdout("");
    assert!(ran.stderr_raw().contains("cannot reach the service: "), "{ran:#?}");
    assert!(ran.stderr_raw().contains("next: check the region, the endpoint and the network"));
}

#[test]
fn a_signal_ends_a_stage_that_waits_for_its_input() {
    let lab = Lab::new();
    for (signal, status, what) in
        [(Signal::SIGINT, 130, "interrupted"), (Signal::SIGTERM, 143, "told to end")]
    {
        // The pipe stays open, as that of a stage at work does.
        let tool = lab.program("/bin/bash").args(["-c", "exec ail-export run < <(sleep 60)"]);
        let running = tool.start();
        std::thread::sleep(Duration::from_secs(1));
        running.signal(signal);
        let ran = running.wait().exits(status).stdout("");
        let said = format!("ail-export: {what}\n  it was waiting for its input\n");
        assert!(ran.stderr_raw().contains(&said), "{ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_closed_pipe_is_quiet() {
    let lab = Lab::new();
    let shell = "ail-ami schema | true; echo ${PIPESTATUS[0]}; ail-ami --help | true; \
                 echo ${PIPESTATUS[0]}";
    lab.program("/bin/bash").args(["-c", shell]).run().exits(0).stdout("0\n0\n").stderr("");
}
