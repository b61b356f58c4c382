//! Options, bad input, and what the tool says of itself.

use serde_json::json;
use tests::Lab;

use crate::stage::assets;

#[test]
fn every_help_page_begins_with_its_examples() {
    let lab = Lab::new();
    for verb in ["list", "rm", "expired"] {
        let ran = lab.tool("ail-assets").args([verb, "--help"]).run().exits(0).stderr("");
        let mut lines = ran.stdout_text().lines();
        assert_eq!(lines.next(), Some("Examples:"), "{verb}");
        assert!(ran.stdout_text().contains(&format!("  ail-assets {verb} ")), "{verb}");
    }
    let ran = lab.tool("ail-assets").args(["--help"]).run().exits(0);
    assert!(ran.stdout_text().starts_with("Examples:\n  # everything of a release"), "{ran:#?}");
}

#[test]
fn wrong_options_end_with_2_and_call_nothing() {
    let lab = Lab::new();
    for (arguments, said) in [
        (vec!["list", "--type", "bucket"], "error: invalid value 'bucket' for '--type <TYPE>'"),
        (vec!["list", "--run", "now"], "a run is marked by 8 lower-case hex digits"),
        (vec!["list", "--asset-id", "a/b"], "'/' is none of them"),
        (vec!["list", "--output", "xml"], "invalid value 'xml'"),
        (vec!["expired", "--older-than", "soon"], "write it as 90m, 24h or 7days"),
        (vec!["rm", "--all"], "unexpected argument '--all'"),
    ] {
        let ran = lab.tool("ail-assets").args(&arguments).run().exits(2).stdout("");
        assert!(ran.stderr_text().contains(said), "{arguments:?}: {ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn without_an_asset_id_nothing_is_called() {
    let lab = Lab::new();
    for verb in ["list", "rm"] {
        let record = json!({"schema": "ail/1"});
        lab.tool("ail-assets").args([verb]).record(&record).run().exits(2).stdout("").stderr(
            "ail-assets: no asset id is given\n  next: give --asset-id, or set AIL_ASSET_ID, or \
             put asset_id into the record\n",
        );
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn broken_input_ends_with_65_and_calls_nothing() {
    let lab = Lab::new();
    for (arguments, input, said) in [
        (vec!["list"], "", "the input is not a record\n  it is empty\n"),
        (vec!["rm", "--yes"], "{\"schema\":", "it is not one JSON object: EOF"),
        (vec!["list"], "{\"schema\":\"ail/1\",\"asset_id\":7}", "asset_id: invalid type: integer"),
        (
            vec!["list"],
            "{\"schema\":\"ail/1\",\"asset_id\":\"x\",\"exports\":[{\"format\":\"iso\"}]}",
            "exports.[0].format: unknown variant `iso`",
        ),
        (
            vec!["rm"],
            "{\"type\":\"image\",\"id\":\"ami-1\"}",
            "next: to remove the assets of lines",
        ),
        (
            vec!["rm", "--lines"],
            "{\"type\":\"image\"}",
            "the input is not asset lines\n  line 1: missing field `id`",
        ),
        (
            vec!["rm", "--lines", "--yes"],
            "{\"type\":\"image\",\"id\":\"ami-1\",\"region\":\"us-east-1\"}",
            "image ami-1 lies in us-east-1, not in eu-central-1\n  next: give the lines of one \
             region at a time, with --region us-east-1\n",
        ),
    ] {
        let ran = lab
            .tool("ail-assets")
            .args(&arguments)
            .env("AIL_ASSET_ID", "of-the-environment")
            .stdin(input)
            .run()
            .exits(65)
            .stdout("");
        assert!(ran.stderr_text().contains(said), "{arguments:?} {input}: {ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn nothing_needs_to_be_piped_in() {
    let lab = Lab::new();
    let line = "ail-assets list --asset-id never-made --type image < /dev/null";
    let ran = lab.program("/bin/sh").args(["-c", line]).run().exits(0).stdout("");
    assert_eq!(ran.stderr_text(), "no assets in eu-central-1\nail-assets list: done in N s\n");
}

#[test]
fn an_endpoint_that_is_not_there_is_one_sentence() {
    let lab = Lab::new();
    assets(&lab, "list")
        .args(["--type", "image", "--endpoint-url", "http://127.0.0.1:9"])
        .run()
        .exits(69)
        .stdout("")
        .stderr(
            "ail-assets: cannot list images (eu-central-1)\n  DescribeImages: cannot reach the \
             service: Connection refused (os error 111)\n  next: check the region, the endpoint \
             and the network\n",
        );
}
