//! A release in a bucket that a distribution serves.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::{Lab, Ran};

/// The served bucket. Made once: its stacks take seconds.
pub struct Served {
    pub bucket: String,
    pub domain: String,
    pub distribution: String,
}

pub static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let lab = Lab::new();
    let up = |kind: &str, more: &[&str], input: &Value| {
        let tool = lab.tool("ail-stack").args(["up", "--kind", kind]).args(more);
        tool.record(input).run().record()
    };
    // The tests come from there; all others are asked for a CAPTCHA.
    let ranges = ["--param", "AllowedIpv4=127.0.0.1/32"];
    let waf = up("vm-bucket-waf", &ranges, &json!({"schema": "ail/1"}));
    let outputs = up("vm-bucket", &[], &waf)["stack"]["outputs"].clone();
    Served {
        bucket: text(&outputs["BucketName"]),
        domain: text(&outputs["DistributionDomainName"]),
        distribution: text(&outputs["DistributionId"]),
    }
});

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// A release in the bucket: a disk, and a file that is in no record.
pub struct Release {
    pub lab: Lab,
    pub record: Value,
}

impl Release {
    pub fn new() -> Self {
        let release = Self { lab: Lab::new(), record: Value::Null };
        release.put("more.txt", "{}", false);
        release.with_disk("the bytes of a disk")
    }

    pub fn key(&self, name: &str) -> String {
        format!("ai_lab/{}/{name}", self.lab.asset_id())
    }

    pub fn disk(&self) -> String {
        format!("ai-lab-{}.vhd", self.lab.asset_id())
    }

    pub fn url(&self, name: &str) -> String {
        format!("https://{}/{}", SERVED.domain, self.key(name))
    }

    pub fn sha256(&self, content: &str) -> String {
        let ran = self.shell(&format!("printf %s '{content}' | sha256sum | cut -c -64"));
        ran.exits(0).stdout_text().trim().to_owned()
    }

    pub fn shell(&self, script: &str) -> Ran {
        self.lab.program("/bin/bash").args(["-o", "pipefail", "-c", script]).run()
    }

    /// Puts a file into the bucket, as `run` does where it is `exported`.
    pub fn put(&self, name: &str, content: &str, exported: bool) {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), content).expect("it can be written");
        let marks = match exported {
            true => format!(
                "asset-id={},image-id=ami-1,export-task=export-ami-1,sha256={}",
                self.lab.asset_id(),
                self.sha256(content)
            ),
            false => format!("asset-id={}", self.lab.asset_id()),
        };
        let (path, key) = (file.path().to_str().expect("text"), self.key(name));
        self.lab.aws(&[
            "s3api",
            "put-object",
            "--bucket",
            &SERVED.bucket,
            "--key",
            &key,
            "--body",
            path,
            "--metadata",
            &marks,
        ]);
    }

    pub fn with_disk(mut self, content: &str) -> Self {
        self.put(&self.disk(), content, true);
        self.record = json!({
            "schema": "ail/1", "asset_id": self.lab.asset_id(), "region": "eu-central-1",
            "exports": [{
                "format": "vhd", "task": "export-ami-1", "bucket": SERVED.bucket,
                "key": self.key(&self.disk()), "bytes": content.len(),
                "sha256": self.sha256(content), "url": self.url(&self.disk()),
            }],
        });
        self
    }

    /// A key of this release's own, and its public part.
    pub fn key_pair(&self) -> (String, String) {
        let file = self.lab.out().with_extension("key");
        let path = file.to_str().expect("text").to_owned();
        if !file.exists() {
            self.lab.tool("ail-export").args(["keygen", &path]).run().exits(0);
        }
        let public = std::fs::read_to_string(format!("{path}.pub")).expect("the public key");
        (path, public.lines().nth(1).expect("a key").to_owned())
    }

    pub fn sign(&self) -> Ran {
        let (secret, _) = self.key_pair();
        let tool = self.lab.tool("ail-export").args(["sign", "--quiet", "--secret-key", &secret]);
        tool.record(&self.record).run()
    }

    pub fn verify(&self, record: &Value) -> Ran {
        self.lab.tool("ail-export").args(["verify", "--quiet"]).record(record).run()
    }

    /// Flips a bit of a file where it lies, and leaves all else of it.
    pub fn flip(&self, name: &str, at: usize) {
        let (bucket, key) = (&SERVED.bucket, self.key(name));
        let script = format!(
            "aws s3 cp --quiet 's3://{bucket}/{key}' f && python - {at} <<'E' && \
             aws s3 cp --quiet f 's3://{bucket}/{key}' --metadata asset-id={}\n\
             import sys; b = bytearray(open('f', 'rb').read()); b[int(sys.argv[1])] ^= 1\n\
             open('f', 'wb').write(b)\nE",
            self.lab.asset_id()
        );
        self.shell(&script).exits(0);
        // What was changed behind CloudFront's back is seen once it is asked to look.
        let (id, paths) = (&SERVED.distribution, format!("/{key}"));
        self.lab.aws(&[
            "cloudfront",
            "create-invalidation",
            "--distribution-id",
            id,
            "--paths",
            &paths,
        ]);
    }
}
