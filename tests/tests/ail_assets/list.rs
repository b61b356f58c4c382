//! `ail-assets list`.

use serde_json::{Value, json};
use tests::{Fault, Lab};

use crate::stage::{ELSEWHERE, RUN, assets, key_file, make, make_in, strings, text, types};

/// What `make.py leftovers` and a key file are, in the order of lists.
const LEFTOVERS: [&str; 9] = [
    "stack",
    "volume",
    "security-group",
    "security-group",
    "key-pair",
    "key-file",
    "snapshot",
    "object",
    "upload",
];

#[test]
fn each_kind_is_listed_with_what_it_costs_and_whose_it_is() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    let file = key_file(&lab, RUN);
    let ran = assets(&lab, "list").args(["--bucket", text(&made, "bucket")]).run().exits(0);
    let lines = ran.lines();
    assert_eq!(types(&lines), LEFTOVERS);
    assert_eq!(
        ran.stderr_text(),
        "9 assets in eu-central-1, 4 of them cost money\nail-assets list: done in N s\n"
    );
    for line in &lines {
        assert_eq!(line["asset_id"], lab.asset_id(), "{line}");
        // An upload has no tags that can be read.
        let run = if line["type"] == "upload" { Value::Null } else { RUN.into() };
        assert_eq!(line["run"], run, "{line}");
        let costs = ["volume", "snapshot", "object", "upload"]
            .contains(&line["type"].as_str().expect("a type"));
        assert_eq!(line["costs"], costs, "{line}");
    }
    let of = |kind: &str| lines.iter().find(|line| line["type"] == kind).expect("it is listed");
    assert_eq!(of("volume")["id"], made["volume"]);
    assert_eq!(of("volume")["bytes"], 8_u64 << 30);
    assert_eq!(of("snapshot")["id"], made["snapshot"]);
    assert_eq!(of("key-pair")["id"], made["key_pair"]);
    assert_eq!(of("key-file")["id"], file.to_str().expect("plain"));
    assert_eq!(of("key-file")["region"], Value::Null);
    assert_eq!(of("object")["bytes"], 2048);
    assert_eq!(of("upload")["bytes"], 5000);
    assert_eq!(of("stack")["resources"][0]["type"], "AWS::EC2::SecurityGroup");
    let inside = lines.iter().find(|line| line["id"] == of("stack")["resources"][0]["id"]);
    assert_eq!(inside.expect("it is listed")["part_of"], of("stack")["name"]);

    // The same for people.
    let of_bucket = ["--bucket", text(&made, "bucket"), "--type", "volume", "--output"];
    let table = assets(&lab, "list").args(of_bucket).args(["table"]).run().exits(0);
    let mut rows = table.stdout_text().lines();
    assert_eq!(
        rows.next().map(|row| row.split_whitespace().collect::<Vec<_>>().join(" ")).as_deref(),
        Some("TYPE NAME STATE SIZE COSTS CREATED EXPIRES ASSET ID ID")
    );
    assert!(rows.next().is_some_and(|row| row.contains(" 8 GiB ")), "{table:#?}");
    let markdown = assets(&lab, "list").args(of_bucket).args(["markdown"]).run().exits(0);
    assert!(markdown.stdout_text().starts_with("| TYPE "), "{markdown:#?}");
    let array = assets(&lab, "list").args(of_bucket).args(["json"]).run().exits(0).json();
    assert_eq!(array[0]["id"], made["volume"]);
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn an_asset_id_is_matched_to_the_letter() {
    let lab = Lab::new();
    make(&lab, "old_and_new", &[]);
    let id = lab.asset_id();
    for other in [format!("{id}.1"), format!("{id} 1"), id.to_uppercase()] {
        let record = json!({"schema": "ail/1", "asset_id": other});
        let bucket = format!("bucket-{id}");
        let list = lab.tool("ail-assets").args(["list", "--bucket", &bucket]).record(&record);
        list.run().exits(0).stdout("");
    }
}

#[test]
fn only_what_is_asked_for_is_called() {
    let lab = Lab::new();
    assets(&lab, "list").args(["--type", "volume"]).run().exits(0).stdout("");
    assert_eq!(lab.calls(), ["DescribeVolumes"]);
    assets(&lab, "list").args(["--type", "key-file"]).run().exits(0).stdout("");
    assert_eq!(lab.calls(), ["DescribeVolumes"]);
}

#[test]
fn a_run_narrows_the_list_and_its_variable_does_not() {
    let lab = Lab::new();
    make(&lab, "old_and_new", &[]);
    let volumes = |tool: tests::Tool| tool.args(["--type", "volume"]).run().exits(0).lines().len();
    assert_eq!(volumes(assets(&lab, "list").args(["--run", RUN])), 3);
    assert_eq!(volumes(assets(&lab, "list").args(["--run", "0badcafe"])), 0);
    assert_eq!(volumes(assets(&lab, "list").env("AIL_RUN", "0badcafe")), 3);
}

#[test]
fn the_bucket_is_that_of_the_bucket_stack_and_without_it_there_are_no_objects() {
    let lab = Lab::new();
    let list = || assets(&lab, "list").args(["--region", ELSEWHERE, "--type", "object"]);
    list().run().exits(0).stdout("");
    assert_eq!(lab.calls(), ["DescribeStacks"]);
    let made = make_in(&lab, ELSEWHERE, "old_and_new", &[]);
    let mut template = json!({"Resources": {"X": {"Type": "AWS::S3::Bucket"}}});
    template["Outputs"] = json!({"BucketName": {"Value": made["bucket"]}});
    let body = template.to_string();
    let create = ["cloudformation", "create-stack", "--region", ELSEWHERE];
    let named = ["--stack-name", "AIL-VM-BUCKET", "--template-body", &body];
    lab.aws(&[&create[..], &named[..]].concat());
    let wait = ["cloudformation", "wait", "stack-create-complete", "--region", ELSEWHERE];
    lab.aws(&[&wait[..], &["--stack-name", "AIL-VM-BUCKET"]].concat());
    assert_eq!(list().run().exits(0).lines().len(), 2);
}

#[test]
fn the_record_names_its_buckets() {
    let lab = Lab::new();
    let made = make(&lab, "old_and_new", &[]);
    let export = json!({"format": "vhd", "task": "export-ami-1", "bucket": made["bucket"], "key": "k",
                        "bytes": 1, "sha256": "", "url": ""});
    let record = json!({"schema": "ail/1", "asset_id": lab.asset_id(), "exports": [export]});
    let list = lab.tool("ail-assets").args(["list", "--type", "object"]).record(&record);
    let lines = list.run().exits(0).lines();
    assert_eq!(strings(&lines, "state"), ["current", "current"]);
}

#[test]
fn what_may_not_be_read_is_told_and_the_rest_is_listed() {
    let lab = Lab::new();
    let made = make(&lab, "old_and_new", &[]);
    lab.fault(&Fault {
        operation: "DescribeSnapshots",
        status: 403,
        code: "UnauthorizedOperation",
        message: "You are not authorized to perform this operation.",
        ..Fault::default()
    });
    let list = assets(&lab, "list").args(["--bucket", text(&made, "bucket")]);
    let ran = list.run().exits(79).stderr(
        "ail-assets: these types could not be read: snapshot\n  cannot list snapshots \
         (eu-central-1)\n    DescribeSnapshots: UnauthorizedOperation: You are not authorized to \
         perform this operation (request …)\n    next: check the credentials, and that their \
         policy allows DescribeSnapshots\n",
    );
    assert_eq!(types(&ran.lines()), ["volume", "volume", "volume", "object", "object"]);
}

#[test]
fn where_nothing_can_be_read_the_reason_is_the_exit() {
    let lab = Lab::new();
    lab.fault(&Fault {
        operation: "DescribeImages",
        status: 403,
        code: "UnauthorizedOperation",
        ..Fault::default()
    });
    assets(&lab, "list").args(["--type", "image"]).run().exits(77).stdout("").stderr(
        "ail-assets: cannot list images (eu-central-1)\n  DescribeImages: UnauthorizedOperation \
         (request …)\n  next: check the credentials, and that their policy allows \
         DescribeImages\n",
    );
}

#[test]
fn throttling_is_waited_out() {
    let lab = Lab::new();
    make(&lab, "old_and_new", &[]);
    lab.fault(&Fault {
        operation: "DescribeVolumes",
        times: 2,
        status: 503,
        code: "RequestLimitExceeded",
        ..Fault::default()
    });
    let lines = assets(&lab, "list").args(["--type", "volume"]).run().exits(0).lines();
    assert_eq!(lines.len(), 3);
    assert_eq!(lab.calls(), ["DescribeVolumes"; 3]);
}
