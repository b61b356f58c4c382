//! Redirects are followed where their target could have been asked for itself.

use serde_json::json;

use crate::stage::Stage;

#[test]
fn five_redirects_are_followed_and_each_is_checked() {
    let stage = Stage::new();
    let refused = [
        ("hops/6", "redirected more than 5 times"),
        (
            "to/http:%2F%2F169.254.169.254%2F",
            "redirected: its address 169.254.169.254 is not a public one",
        ),
        (
            "to/http:%2F%2F2852039166%2F",
            "redirected: its address 169.254.169.254 is not a public one",
        ),
        ("to/%2F%2F[::1]%2F", "redirected: its address ::1 is not a public one"),
        ("to/file:%2F%2F%2Fetc%2Fpasswd", "redirected: file is neither http nor https"),
        ("to/http:%2F%2Fme@127.0.0.1%2F", "redirected: a URL with credentials"),
        ("to/http:%2F%2F127.0.0.1:22%2F", "redirected: port 22 is not asked"),
    ];
    let mut paths: Vec<_> = refused.iter().map(|(path, _)| *path).collect();
    paths.extend(["hops/5", "to/%2Fred.jpg"]);
    stage.send([stage.site.job(&paths)]);
    let ran = stage.worker().args(["--max-jobs", "1"]).run().exits(0);
    let line = &ran.lines()[0];
    assert_eq!(line["images"], json!(2), "{line:#}");
    assert_eq!(line["failed"].as_array().map(Vec::len), Some(refused.len()));
    let failed = line["failed"].as_array().expect("a list");
    for ((path, reason), failed) in refused.iter().zip(failed) {
        assert_eq!(failed["reason"], *reason, "{path}");
    }
}
