//! From a message to its result.

use gd_montage::{Header, Kind};
use serde_json::{Value, json};
use tests::Ran;

use crate::stage::Stage;

fn line(ran: &Ran) -> Value {
    let lines = ran.lines();
    assert_eq!(lines.len(), 1, "{ran:#?}");
    lines[0].clone()
}

#[test]
fn a_list_of_images_becomes_one_row_and_its_sender_gets_the_link() {
    let stage = Stage::new();
    let paths = ["red.jpg", "tall.jpg", "small.png", "small.gif", "small.webp"];
    stage.send([stage.site.job(&paths)]);
    let line = line(&stage.worker().args(["--max-jobs", "1"]).run().exits(0));
    let (job, key) = (line["job"].as_str().expect("a job"), line["key"].as_str().expect("a key"));
    assert_eq!(key, format!("out/{job}.jpg"));
    assert_eq!((&line["outcome"], &line["images"]), (&json!("made"), &json!(5)));
    assert_eq!((&line["failed"], &line["receives"]), (&json!([]), &json!(1)));

    let results = stage.read("output");
    assert_eq!(results.len(), 1);
    let result = &results[0];
    assert_eq!((&result["job"], &result["key"]), (&line["job"], &line["key"]));
    assert_eq!((&result["images"], &result["failed"]), (&json!("5"), &json!("[]")));
    let body = result["body"].as_str().expect("a text");
    let link = body.strip_prefix("Output available at: ").expect("the words of 2014");
    assert!(link.contains("X-Amz-Signature="), "{link}");

    // As a person with the link and nothing else gets it.
    let curl = ["-c", "curl --silent --show-error --fail \"$0\" | sha256sum", link];
    let fetched = stage.lab.program("/bin/sh").args(curl).run().exits(0);
    let montage = stage.object(key);
    let file = stage.lab.home().join("object");
    let summed = stage.lab.program("/usr/bin/sha256sum").args([file]).run().exits(0);
    assert_eq!(fetched.stdout_text()[..64], summed.stdout_text()[..64]);

    let header = Header::read(&montage).expect("an image");
    // Each in a frame of 10, with 4 between them and around them.
    let widths = [400, 133, 60, 60, 60].map(|width: u32| width + 2 * 10 + 4);
    assert_eq!(header.kind, Kind::Jpeg);
    assert_eq!((header.width, header.height), (widths.iter().sum::<u32>() + 4, 400 + 20 + 8));
    assert_eq!(line["bytes"], montage.len());
    assert_eq!(stage.world("versions", &[]), json!([key]));
    assert_eq!(stage.world("depth", &["input"]), json!({"waiting": 0, "in_flight": 0}));
}

#[test]
fn a_job_that_comes_twice_is_worked_once_and_answered_twice() {
    let stage = Stage::new();
    let urls = [stage.site.url("red.jpg"), stage.site.url("nothing")];
    stage.send([urls.join("\n"), json!({"urls": urls}).to_string()]);
    let ran = stage.worker().args(["--max-jobs", "2", "--jobs", "1"]).run().exits(0);
    let lines = ran.lines();
    assert_eq!(lines[0]["job"], lines[1]["job"]);
    assert_eq!((&lines[0]["outcome"], &lines[1]["outcome"]), (&json!("made"), &json!("found")));
    let told = |line: &Value| [&line["images"], &line["failed"], &line["bytes"]].map(Value::clone);
    assert_eq!(told(&lines[0]), told(&lines[1]));
    let results = stage.read("output");
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["job"], results[1]["job"]);
    assert_eq!(results[0]["failed"], results[1]["failed"]);
    assert_eq!(stage.world("versions", &[]).as_array().map(Vec::len), Some(1));
    assert_eq!(stage.site.asked().iter().filter(|path| *path == "red.jpg").count(), 1);
}

#[test]
fn two_workers_on_the_same_job_give_one_montage() {
    let stage = Stage::new();
    // The first answer comes when both have looked for the montage and found none.
    let job = stage.site.job(&["after/2000"]);
    stage.send([&job, &job]);
    let ran = stage.worker().args(["--max-jobs", "2", "--jobs", "2"]).run().exits(0);
    let mut outcomes: Vec<_> = ran.lines().iter().map(|line| line["outcome"].to_string()).collect();
    outcomes.sort();
    assert_eq!(outcomes, ["\"found\"", "\"made\""]);
    assert_eq!(stage.world("versions", &[]).as_array().map(Vec::len), Some(1));
    assert_eq!(stage.read("output").len(), 2);
}

#[test]
fn what_fails_is_told_with_its_url_and_the_rest_becomes_the_montage() {
    let stage = Stage::new();
    let good = [stage.site.url("red.jpg"), stage.site.url("small.gif")];
    let gone = stage.site.url("gone.jpg");
    stage.send([format!("{}\nthis is a bad line\n{gone}\n{}", good[0], good[1])]);
    let line = line(&stage.worker().args(["--max-jobs", "1"]).run().exits(0));
    assert_eq!((&line["outcome"], &line["images"]), (&json!("made"), &json!(2)));
    let failed = json!([
        {"url": "this is a bad line", "reason": "no URL: relative URL without a base"},
        {"url": gone, "reason": "HTTP 404 Not Found"},
    ]);
    assert_eq!(line["failed"], failed);
    let results = stage.read("output");
    let told: Value =
        serde_json::from_str(results[0]["failed"].as_str().expect("text")).expect("JSON");
    assert_eq!(told, failed);
}

#[test]
fn by_the_rules_of_2014_everybody_may_look_and_none_is_an_answer() {
    let stage = Stage::new();
    stage.world("unbury", &[]);
    stage.send([stage.site.job(&["red.jpg", "tall.jpg"]), "not a URL".to_owned()]);
    let ran = stage.worker().args(["--classic", "--max-jobs", "2", "--jobs", "1"]).run().exits(0);
    let mut lines = ran.lines();
    lines.sort_by_key(|line| line["outcome"].to_string());
    assert_eq!((&lines[0]["outcome"], &lines[1]["outcome"]), (&json!("made"), &json!("none")));
    assert_eq!(lines[1]["reason"], "no URL: relative URL without a base");
    let key = lines[0]["key"].as_str().expect("a key");
    let endpoint = tests::Cloud::shared().endpoint().to_owned();
    let mut bodies: Vec<_> = stage.read("output").iter().map(|m| m["body"].clone()).collect();
    bodies.sort_by_key(ToString::to_string);
    let link = format!("Output available at: {endpoint}/{}/{key}", stage.name("image-bucket"));
    assert_eq!(bodies, [json!("Output available at: None"), json!(link)]);
    let all = "http://acs.amazonaws.com/groups/global/AllUsers READ";
    let grants = stage.world("grants", &[key]);
    assert!(grants.as_array().is_some_and(|grants| grants.contains(&json!(all))), "{grants}");
    // 30 % of two photographs, tilted, on black.
    let header = Header::read(&stage.object(key)).expect("an image");
    assert!((150..300).contains(&header.width), "{header:?}");
    assert!((100..200).contains(&header.height), "{header:?}");
}

#[test]
fn the_record_names_queues_and_bucket() {
    let stage = Stage::new();
    stage.send([stage.site.job(&["small.png"])]);
    let queue =
        |role: &str| json!({"name": stage.name(role), "url": "https://elsewhere", "arn": "arn:x"});
    let record = json!({"schema": "ail/1", "queues": {
        "input": queue("input"), "output": queue("output"), "dead_letter": queue("dead-letter"),
        "bucket": {"name": stage.name("image-bucket")}, "visibility_seconds": 60, "max_receives": 5,
    }});
    let tool = stage.worker().args(["--max-jobs", "1"]).record(&record);
    let unset = ["GD_INPUT_QUEUE", "GD_OUTPUT_QUEUE", "GD_BUCKET"];
    let ran = unset.iter().fold(tool, |tool, name| tool.env_remove(name)).run().exits(0);
    assert_eq!(line(&ran)["outcome"], "made");
    assert_eq!(stage.read("output").len(), 1);
}
