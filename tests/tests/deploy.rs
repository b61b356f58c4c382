//! `just deploy` and `just undeploy`.

use serde_json::Value;
use tests::Lab;

const KINDS: [(&str, &str); 4] = [
    ("AIL-VM-BUCKET-WAF", "us-east-1"),
    ("AIL-VM-BUCKET", "eu-central-1"),
    ("AIL-CI-CODEBUILD", "eu-central-1"),
    ("AIL-RELEASE-CODEBUILD", "eu-central-1"),
];

fn there(lab: &Lab) -> Vec<String> {
    let mut found = Vec::new();
    for (name, region) in KINDS {
        let answer = lab.aws(&["cloudformation", "describe-stacks", "--region", region]);
        let stacks = answer["Stacks"].as_array().expect("a list").clone();
        if let Some(stack) = stacks.iter().find(|stack| stack["StackName"] == name) {
            assert_eq!(stack["EnableTerminationProtection"], true, "{stack}");
            found.push(name.to_owned());
        }
    }
    found
}

#[test]
fn what_stays_is_deployed_in_order_and_removed_but_for_its_data() {
    let lab = Lab::new();
    lab.just("deploy").env("AIL_ALLOWED_IPV4", "198.51.100.0/24").run().exits(0);
    assert_eq!(there(&lab), KINDS.map(|(name, _)| name));
    let text = std::fs::read_to_string(lab.out().join("bucket.json")).expect("a record");
    let record: Value = serde_json::from_str(&text).expect("JSON");
    let bucket = record["stack"]["outputs"]["BucketName"].as_str().expect("a bucket").to_owned();
    let id = record["stack"]["outputs"]["DistributionId"].as_str().expect("a distribution");
    let served = lab.aws(&["cloudfront", "get-distribution-config", "--id", id]);
    let acl = served["DistributionConfig"]["WebACLId"].as_str().expect("an ARN");
    assert!(acl.starts_with("arn:aws:wafv2:us-east-1:"), "{acl}");

    // A second time, without the ranges: nothing is changed.
    let calls = lab.mutating_calls();
    lab.just("deploy").run().exits(0);
    assert_eq!(lab.mutating_calls(), calls);

    lab.aws(&["s3api", "put-object", "--bucket", &bucket, "--key", "ai_lab/1.0/ai-lab-1.0.vmdk"]);
    let calls = lab.mutating_calls();
    let refused = lab.just("undeploy").run().exits(80);
    for told in [
        "this would delete the protected stack AIL-RELEASE-CODEBUILD (eu-central-1)",
        "this would delete the protected stack AIL-VM-BUCKET-WAF (us-east-1)",
        &format!("the bucket {bucket} stays, with 1 object of 0 B: ai_lab/1.0/ai-lab-1.0.vmdk"),
    ] {
        assert!(refused.stderr_raw().contains(told), "{told}: {refused:#?}");
    }
    assert_eq!(lab.mutating_calls(), calls);
    assert_eq!(there(&lab).len(), KINDS.len());

    let removed = lab.just("undeploy").args(["--yes"]).run().exits(0);
    let kept = format!("the bucket {bucket} is kept, with 1 object of 0 B");
    assert!(removed.stderr_raw().contains(&kept), "{removed:#?}");
    assert_eq!(there(&lab), [""; 0]);
    lab.aws(&["s3api", "head-object", "--bucket", &bucket, "--key", "ai_lab/1.0/ai-lab-1.0.vmdk"]);
    let calls = lab.mutating_calls();
    lab.just("undeploy").run().exits(0);
    assert_eq!(lab.mutating_calls(), calls);
}
