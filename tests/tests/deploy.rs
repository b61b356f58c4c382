//! `just deploy` and `just undeploy`, and a release between them.

use std::time::Duration;

use serde_json::Value;
use tests::{Cloud, Lab, Tool};

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

/// What the deployed bucket's stack tells.
fn output(lab: &Lab, key: &str) -> String {
    let record = read(lab, "bucket.json");
    record["stack"]["outputs"][key].as_str().expect("an output").to_owned()
}

fn read(lab: &Lab, name: &str) -> Value {
    let text = std::fs::read_to_string(lab.out().join(name)).expect("a record");
    serde_json::from_str(&text).expect("JSON")
}

/// A release that is published and quick: the roles have their own test.
fn release(lab: &Lab) -> Tool {
    let playbook = lab.home().join("playbook");
    std::fs::create_dir_all(&playbook).expect("a directory");
    let site = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n";
    std::fs::write(playbook.join("site.yml"), site).expect("a file");
    lab.just("release")
        .env("AIL_PUBLISH", "yes")
        .env("AIL_PLAYBOOK", playbook)
        .env("AIL_FORMAT", "vmdk")
        .patience(Duration::from_secs(10 * 60))
}

#[test]
fn a_release_is_verified_and_outlives_what_serves_it() {
    let lab = Lab::new();
    let bucket = is_deployed_in_order(&lab);
    let domain = output(&lab, "DistributionDomainName");
    release(&lab).run().exits(0);
    let record = read(&lab, "release.json");
    let of_image = ["--image-ids", record["image"]["id"].as_str().expect("an id")];
    let image = lab.aws(&[&["ec2", "describe-images"][..], &of_image].concat());
    assert_eq!(image["Images"][0]["Public"], true);
    let url = record["exports"][0]["url"].as_str().expect("a URL");
    assert!(url.starts_with(&format!("https://{domain}/ai_lab/")), "{url}");
    verified(&lab);

    is_removed_but_for_its_data(&lab, &bucket);
    lab.just("verify").run().exits(69);

    // Deployed again, it is that bucket with all that is in it, under another address.
    let deployed = lab.just("deploy").run().exits(0);
    let told = format!("taking in the bucket {bucket}, which an earlier stack kept");
    assert!(deployed.stderr_raw().contains(&told), "{deployed:#?}");
    assert_eq!(output(&lab, "BucketName"), bucket);
    assert_eq!(there(&lab), KINDS.map(|(name, _)| name));
    let policy = lab.aws(&["s3api", "get-bucket-policy", "--bucket", &bucket]);
    assert!(policy["Policy"].as_str().expect("a policy").contains("ReadByTheDistribution"));

    // The release finds all of it done; only the addresses are new.
    release(&lab).run().exits(0);
    assert_eq!(read(&lab, "release.json")["image"], record["image"]);
    assert_eq!(read(&lab, "release.json")["bill"]["sha256"], record["bill"]["sha256"]);
    verified(&lab);
}

/// Deploys, twice: the second time nothing is changed. Gives the bucket.
fn is_deployed_in_order(lab: &Lab) -> String {
    lab.just("deploy").env("AIL_ALLOWED_IPV6", "2001:db8::/32").run().exits(0);
    assert_eq!(there(lab), KINDS.map(|(name, _)| name));
    let id = output(lab, "DistributionId");
    let served = lab.aws(&["cloudfront", "get-distribution-config", "--id", &id]);
    let acl = served["DistributionConfig"]["WebACLId"].as_str().expect("an ARN");
    assert!(acl.starts_with("arn:aws:wafv2:us-east-1:"), "{acl}");
    // Without that range, which stays as it is deployed.
    let calls = Cloud::shared().mutating_calls();
    assert!(calls.iter().any(|call| call == "CreateChangeSet"), "{calls:?}");
    lab.just("deploy").run().exits(0);
    assert_eq!(Cloud::shared().mutating_calls(), calls);
    output(lab, "BucketName")
}

/// `undeploy` refuses and names what is there; with --yes, the bucket stays.
fn is_removed_but_for_its_data(lab: &Lab, bucket: &str) {
    let calls = Cloud::shared().mutating_calls();
    let refused = lab.just("undeploy").run().exits(80);
    let id = lab.asset_id();
    for told in [
        "this would delete the protected stack AIL-RELEASE-CODEBUILD (eu-central-1)",
        "this would delete the protected stack AIL-VM-BUCKET-WAF (us-east-1)",
        &format!("the bucket {bucket} stays, with 4 objects of "),
        &format!("ai_lab/{id}/SHA256SUMS, "),
        &format!("ai_lab/{id}/SHA256SUMS.minisig, "),
        &format!("ai_lab/{id}/ai-lab-{id}.cdx.json, "),
        &format!("ai_lab/{id}/ai-lab-{id}.vmdk; "),
    ] {
        assert!(refused.stderr_raw().contains(told), "{told}: {refused:#?}");
    }
    assert_eq!(Cloud::shared().mutating_calls(), calls);
    assert_eq!(there(lab).len(), KINDS.len());

    let removed = lab.just("undeploy").args(["--yes"]).run().exits(0);
    let kept = format!("the bucket {bucket} is kept, with 4 objects of ");
    assert!(removed.stderr_raw().contains(&kept), "{removed:#?}");
    let again = "AIL-VM-BUCKET: the next `ail-stack up --kind vm-bucket` takes it in again\n";
    assert!(removed.stderr_raw().contains(again), "{removed:#?}");
    assert_eq!(there(lab), [""; 0]);
    let key = format!("ai_lab/{id}/ai-lab-{id}.vmdk");
    lab.aws(&["s3api", "head-object", "--bucket", bucket, "--key", &key]);
    let calls = Cloud::shared().mutating_calls();
    lab.just("undeploy").run().exits(0);
    assert_eq!(Cloud::shared().mutating_calls(), calls);
}

/// `just verify` reads disk and bill of materials, and finds both as they were signed.
fn verified(lab: &Lab) {
    let ran = lab.just("verify").run().exits(0);
    let lines: Vec<Value> =
        ran.stdout_text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let results: Vec<_> = lines.iter().map(|line| &line["result"]).collect();
    assert_eq!(results, ["verified", "verified"], "{ran:#?}");
}
