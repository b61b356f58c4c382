//! `ail-export verify` where a release cannot be read, or not in one piece.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Lab, Ran};

use crate::mirror::{Answer, Mirror};
use crate::stage::{Release, SERVED};

/// The page of CloudFront where a web ACL blocks.
const BLOCKED: Answer = Answer::Page(
    403,
    "Server: CloudFront\r\nX-Cache: Error from cloudfront\r\n",
    "<H2>The request could not be satisfied.</H2>Request blocked.",
);
const CAPTCHA: Answer =
    Answer::Page(405, "Server: CloudFront\r\nx-amzn-waf-action: captcha\r\n", "");
const ABSENT: Answer = Answer::Page(
    403,
    "Server: AmazonS3\r\nX-Cache: Error from cloudfront\r\n",
    "<Error><Code>AccessDenied</Code></Error>",
);
const BUSY: Answer = Answer::Page(503, "Server: CloudFront\r\n", "");
/// The first 8 GiB of a disk: more of it than 50 GB at once CloudFront does not send.
const FIRST: &str = "0-8589934591 of any";

/// A signed release of the files `a` and `b`, on a server of its own.
struct Site {
    lab: Lab,
    public: String,
    mirror: Mirror,
}

impl Site {
    fn new() -> Self {
        let release = Release::new();
        release.sign().record();
        let names =
            [release.disk(), "more.txt".into(), "SHA256SUMS".into(), "SHA256SUMS.minisig".into()];
        let files = names.map(|name| {
            let read = release.shell(&format!("curl -sSf '{}'", release.url(&name))).exits(0);
            (name, read.stdout_text().as_bytes().to_vec())
        });
        let (_, public) = release.key_pair();
        let mirror = Mirror::new(BTreeMap::from(files));
        Self { lab: release.lab, public, mirror }
    }

    fn disk(&self) -> String {
        format!("ai-lab-{}.vhd", self.lab.asset_id())
    }

    fn verify(&self, more: &[&str]) -> Ran {
        let tool = self.lab.tool("ail-export").args(["verify", "--quiet"]).args(more);
        tool.args(["--url", &self.mirror.url(), "--public-key", &self.public]).run()
    }
}

fn results(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["result"].as_str().expect("a word")).collect()
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_was() {
    let site = Site::new();
    let disk = site.disk();
    site.mirror.answers(&disk, [Answer::Broken(4), BUSY, Answer::Broken(3)]);
    site.mirror.answers("SHA256SUMS", [Answer::Broken(10)]);
    let lines = site.verify(&[]).exits(0).lines();
    assert_eq!(results(&lines), ["verified", "verified"]);
    assert_eq!(lines[0]["bytes"], 19);
    let asked = site.mirror.asked(&disk);
    let (rest, last) = ("4-8589934595 of \"19\"", "7-8589934598 of \"19\"");
    assert_eq!(asked, [FIRST, rest, rest, last]);

    // Two halves of two files are no file: it is begun anew, and what came is another one.
    let other = "the bytes of some other disk";
    site.mirror.answers(&disk, [Answer::Broken(4), Answer::Replaced(other)]);
    let lines = site.verify(&[]).exits(1).lines();
    assert_eq!(results(&lines), ["differs", "verified"]);
    assert_eq!(lines[0]["bytes"], other.len());
    assert_eq!(site.mirror.asked(&disk), [FIRST, rest, FIRST]);
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_from_being_verified() {
    let site = Site::new();
    let disk = site.disk();
    site.mirror.answers(&disk, vec![BUSY; 5]);
    let ran = site.verify(&["--output", "json"]).exits(75);
    let lines = ran.json();
    assert_eq!(results(lines.as_array().expect("a list")), ["unread", "verified"]);
    ran.stderr(
        "ail-export: 1 of 2 files beside http://ADDRESS/SHA256SUMS could not be read
  ai-lab-ID.vhd: HTTP 503 Service Unavailable
  next: run again in a while
",
    );
    assert_eq!(site.mirror.asked(&disk).len(), 5);

    // What is wrong says more than what is unknown.
    site.mirror.answers(&disk, vec![Answer::Broken(0); 5]);
    site.mirror.answers("more.txt", [ABSENT]);
    let ran = site.verify(&[]).exits(1);
    assert_eq!(results(&ran.lines()), ["unread", "missing"]);
    let told = ran.stderr_text();
    assert!(told.contains("  more.txt: it is not there: HTTP 403 Forbidden\n"), "{told}");
    assert!(told.contains("  ai-lab-ID.vhd could not be read: "), "{told}");

    // Neither a block nor a CAPTCHA says that a file is missing; nor is it asked for again.
    for (answer, status) in [(BLOCKED, 75), (CAPTCHA, 69)] {
        site.mirror.answers(&disk, [answer]);
        site.mirror.asked(&disk);
        let ran = site.verify(&[]).exits(status);
        assert_eq!(results(&ran.lines()), ["unread", "verified"]);
        assert_eq!(site.mirror.asked(&disk), [FIRST]);
    }

    // When time is up, the list is whole as well.
    site.mirror.answers(&disk, vec![BUSY; 5]);
    let ran = site.verify(&["--output", "json", "--timeout", "1s"]).exits(124);
    let lines = ran.json();
    assert_eq!(lines[0]["result"], "unread");
    assert_eq!(lines[0]["message"], "it was not read within 1s");
}

#[test]
fn an_empty_file_is_verified_as_any_other() {
    let release = Release::new();
    release.put("nothing.txt", "", false);
    let signed = release.sign().record();
    let lines = release.verify(&signed).exits(0).lines();
    assert_eq!(results(&lines), ["verified", "verified", "verified"]);
    assert_eq!(lines[2]["file"], "nothing.txt");
    assert_eq!(lines[2]["bytes"], 0);
}

#[test]
fn sums_that_cannot_be_read_say_why() {
    let site = Site::new();
    let refused = |answers: &[Answer], status: i32, told: &str| {
        site.mirror.answers("SHA256SUMS", answers.iter().cloned());
        let ran = site.verify(&[]).exits(status).stdout("");
        assert!(ran.stderr_text().contains(told), "{told}: {ran:#?}");
    };
    let blocked =
        "cannot read http://ADDRESS/SHA256SUMS\n  the web ACL blocks this address: HTTP 403";
    refused(&[BLOCKED], 75, blocked);
    refused(&[ABSENT], 66, "SHA256SUMS is not published: HTTP 403 Forbidden");
    refused(&[BUSY, BUSY, BUSY, BUSY, BUSY], 75, "HTTP 503 Service Unavailable");
    refused(&[Answer::Page(301, "Location: /\r\n", "")], 69, "HTTP 301 Moved Permanently");
}

/// A distribution of the bucket's whose web ACL lets nobody in without a CAPTCHA, as that of
/// `vm-bucket-waf` does with strangers. The edge asks the ACL before it asks the bucket.
fn guarded(release: &Release) -> String {
    let lab = &release.lab;
    let seen = "SampledRequestsEnabled=false,CloudWatchMetricsEnabled=false,MetricName=m";
    let waf = |operation: &str, more: &[&str]| {
        let all = ["wafv2", operation, "--region", "us-east-1", "--scope", "CLOUDFRONT", "--name"];
        lab.aws(&[&all[..], &["strangers"], more].concat())
    };
    let of_nobody = ["--ip-address-version", "IPV4", "--addresses", "198.51.100.0/24"];
    let allowed = waf("create-ip-set", &of_nobody)["Summary"]["ARN"].clone();
    let rules = json!([{
        "Name": "CAPTCHA", "Priority": 0, "Action": {"Captcha": {}},
        "Statement": {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": allowed}}}},
        "VisibilityConfig": {"SampledRequestsEnabled": false, "CloudWatchMetricsEnabled": false,
                             "MetricName": "m"},
    }]);
    let rules = rules.to_string();
    let with = ["--default-action", "Allow={}", "--visibility-config", seen, "--rules", &rules];
    let acl = waf("create-web-acl", &with)["Summary"]["ARN"].clone();
    let of = ["cloudfront", "get-distribution-config", "--id", &SERVED.distribution];
    let mut config = lab.aws(&of)["DistributionConfig"].clone();
    config["CallerReference"] = json!("strangers");
    config["WebACLId"] = acl;
    let config = config.to_string();
    let made = ["cloudfront", "create-distribution", "--distribution-config", &config];
    let domain = lab.aws(&made)["Distribution"]["DomainName"].clone();
    format!("https://{}", domain.as_str().expect("a domain"))
}

#[test]
fn a_stranger_is_told_of_the_captcha() {
    let release = Release::new();
    release.sign().record();
    let (_, public) = release.key_pair();
    let url = format!("{}/{}", guarded(&release), release.key("SHA256SUMS"));
    let tool = release.lab.tool("ail-export").args(["verify", "--public-key", &public]);
    tool.args(["--url", &url]).run().exits(69).stdout("").stderr(
        "ail-export: cannot read https://ADDRESS/ai_lab/ID/SHA256SUMS
  the web ACL asks this address for a CAPTCHA: HTTP 405 Method Not Allowed
  next: solve the CAPTCHA in a browser, download the files there and check them with `minisign -V` \
         and `sha256sum --check SHA256SUMS`; or verify from an address in the ranges that the web \
         ACL allows (AllowedIpv4 and AllowedIpv6 of `ail-stack up --kind vm-bucket-waf`)
",
    );
}

#[test]
fn a_signature_that_names_no_release_is_none_of_this_one() {
    let site = Site::new();
    let id = site.lab.asset_id();
    site.verify(&["--asset-id", &id]).exits(0);
    let lab = &site.lab;
    // As minisign itself signs, which knows no releases.
    let file = lab.out().with_extension("key");
    let signed = lab
        .reader("minisign_sign.py")
        .args([file.to_str().expect("text"), &site.mirror.url()])
        .run()
        .exits(0);
    let signature: &'static str = signed.stdout_text().to_owned().leak();
    let unnamed = || Answer::Page(200, "", signature);
    site.mirror.answers("SHA256SUMS.minisig", [unnamed()]);
    site.verify(&["--asset-id", &id]).exits(1).stdout("").stderr(
        "ail-export: http://ADDRESS/SHA256SUMS was signed for a release that its signature does not name, maybe not ID\n",
    );
    // Where no release is asked for, that it names none is said.
    site.mirror.answers("SHA256SUMS.minisig", [unnamed()]);
    let tool = lab.tool("ail-export").args(["verify", "--url", &site.mirror.url()]);
    let ran = tool.args(["--public-key", &site.public]).run().exits(0);
    let told = "SHA256SUMS, of a release that it does not name, is signed by the key given\n";
    assert!(ran.stderr_text().contains(told), "{ran:#?}");
}
