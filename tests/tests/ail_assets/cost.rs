//! `ail-assets list --cost`.

use serde_json::{Value, json};
use tests::{Fault, Lab, Ran};

use crate::stage::{ELSEWHERE, assets, make, make_in, strings, text, types};

const NOT_IN_IT: &str = "not in it: taxes, requests, transfers, public addresses, IOPS; see \
                         https://aws.amazon.com/ec2/pricing/on-demand/, \
                         https://aws.amazon.com/ebs/pricing/, https://aws.amazon.com/s3/pricing/\n\
                         ail-assets list: done in N s\n";

/// The cells of each line of a table, without the last one, which holds the ids.
fn cells(ran: &Ran) -> Vec<Vec<String>> {
    let lines = ran.stdout_text().lines();
    let cells = |line: &str| -> Vec<String> {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
    };
    lines.map(|line| cells(line).split_last().expect("it has cells").1.to_vec()).collect()
}

#[test]
fn each_asset_says_what_it_costs_and_the_table_says_what_all_cost() {
    let lab = Lab::new();
    let made = make(&lab, "leftovers", &[]);
    let name = format!("ai-lab-{}", lab.asset_id());
    let kinds = ["key-pair", "volume", "snapshot", "object"];
    let kinds = kinds.iter().flat_map(|kind| ["--type", kind]);
    let list = || {
        let bucket = text(&made, "bucket");
        assets(&lab, "list").args(["--cost", "--bucket", bucket]).args(kinds.clone())
    };
    let ran = list().args(["--output", "table"]).run().exits(0).stderr(&format!(
        "4 assets in eu-central-1, 3 of them cost money\n\
         at most 1.38 USD a month: an estimate by the prices of eu-central-1 on 2025-01-01\n\
         {NOT_IN_IT}"
    ));
    let pair = format!("ail-{}-00c0ffee", lab.asset_id());
    assert_eq!(
        cells(&ran),
        [
            vec!["TYPE", "NAME", "STATE", "SIZE", "USD/MONTH", "BASIS"],
            vec![
                "volume",
                "-",
                "available",
                "8 GiB",
                "0.95",
                "8 GiB, gp2 at 0.119 USD a GiB-month"
            ],
            vec!["key-pair", &pair, "available", "-", "-", "free"],
            vec![
                "snapshot",
                "-",
                "completed",
                "8 GiB",
                "0.43",
                "8 GiB at most, standard at 0.054 USD a GiB-month"
            ],
            vec![
                "object",
                &format!("{name}.vmdk"),
                "current",
                "2 KiB",
                "<0.01",
                "2 KiB, STANDARD at 0.0245 USD a GiB-month"
            ],
            vec![
                "total",
                "-",
                "-",
                "-",
                "1.38",
                "an estimate by the prices of eu-central-1 on 2025-01-01"
            ],
        ]
    );
    let markdown = list().args(["--output", "markdown"]).run().exits(0);
    let last = markdown.stdout_text().lines().last().expect("it has lines");
    assert!(last.starts_with("| total "), "{last}");

    // A line of JSON is an asset, so that it goes on to whoever takes assets.
    let ran = list().run().exits(0);
    let lines = ran.lines();
    assert_eq!(types(&lines), ["volume", "key-pair", "snapshot", "object"]);
    assert_eq!(
        lines[0]["cost"],
        json!({"month": 0.952, "currency": "USD", "basis": "8 GiB, gp2 at 0.119 USD a GiB-month",
               "at_most": false, "prices_of": "2025-01-01"})
    );
    assert_eq!(lines[1]["cost"]["month"], 0.0);
    assert_eq!(lines[2]["cost"]["at_most"], true);
    assert_eq!(strings(&lines, "billed_as"), ["gp2", "null", "standard", "STANDARD"]);
    let rm = lab.tool("ail-assets").args(["rm", "--lines", "--dry-run"]).stdin(ran.stdout_text());
    assert_eq!(rm.run().exits(0).stdout_text().lines().count(), 4);
    let array = list().args(["--output", "json"]).run().exits(0).json();
    assert_eq!(array.as_array().map(Vec::len), Some(4));
    assert_eq!(lab.mutating_calls(), [""; 0]);
}

#[test]
fn a_region_without_prices_has_no_estimate() {
    let lab = Lab::new();
    let made = make_in(&lab, ELSEWHERE, "old_and_new", &[]);
    let list = || {
        let of_bucket = ["--bucket", text(&made, "bucket"), "--type", "object"];
        assets(&lab, "list").args(["--cost", "--region", ELSEWHERE]).args(of_bucket)
    };
    let none = "there are no prices of us-west-2 here, only those of eu-central-1 and us-east-1 \
                on 2025-01-01";
    let ran = list().args(["--output", "table"]).run().exits(0).stderr(&format!(
        "2 assets in us-west-2, 2 of them cost money\n2 assets have no price: {none}\n{NOT_IN_IT}"
    ));
    let cells = cells(&ran);
    assert_eq!(cells[1][4..], ["?", "no prices of us-west-2"]);
    assert_eq!(cells[3], ["total", "-", "-", "-", "?", none]);
    for line in list().run().exits(0).lines() {
        assert_eq!(line["cost"]["month"], Value::Null, "{line}");
    }
}

#[test]
fn what_could_not_be_read_is_no_part_of_the_total_and_the_total_says_so() {
    let lab = Lab::new();
    make(&lab, "old_and_new", &[]);
    lab.fault(&Fault {
        operation: "DescribeSnapshots",
        status: 403,
        code: "UnauthorizedOperation",
        ..Fault::default()
    });
    let kinds = ["--type", "volume", "--type", "snapshot"];
    let list = assets(&lab, "list").args(["--cost", "--output", "table"]).args(kinds);
    let ran = list.run().exits(79);
    // Three volumes of 8 GiB.
    assert_eq!(cells(&ran)[4][4], "2.86 + ?");
    let said = "ail-assets: these types could not be read: snapshot\n";
    assert!(ran.stderr_text().starts_with(said), "{ran:#?}");
}

#[test]
fn nothing_costs_nothing() {
    let lab = Lab::new();
    let list = assets(&lab, "list").args(["--cost", "--type", "volume", "--output", "table"]);
    list.run()
        .exits(0)
        .stdout(" TYPE  NAME  STATE  SIZE  USD/MONTH  BASIS  ID\n")
        .stderr("no assets in eu-central-1\nail-assets list: done in N s\n");
}

#[test]
fn without_the_option_a_line_says_no_cost() {
    let lab = Lab::new();
    make(&lab, "old_and_new", &[]);
    let lines = assets(&lab, "list").args(["--type", "volume"]).run().exits(0).lines();
    assert!(lines.iter().all(|line| line.get("cost").is_none()), "{lines:?}");
}
