//! What is found before the first task.

use tests::{Fault, Lab};

use crate::place::{
    BUCKET, NOTHING, ROLE, TRUST, bucket, create_role, debian, denied, export, export_into, image,
    record,
};

#[test]
fn a_missing_stack_is_named_with_how_to_deploy_it() {
    let lab = Lab::new();
    lab.tool("ail-export")
        .args(["run", "--bucket-stack", "NO-SUCH-STACK"])
        .record(&record(&lab, "ami-0123456789abcdef0"))
        .run()
        .exits(66)
        .stdout("")
        .stderr(
            "ail-export: cannot export ami-… (eu-central-1)
  the stack NO-SUCH-STACK, which has the bucket for VM images, does not exist (eu-central-1)
  next: deploy it with `ail-stack up --kind vm-bucket`, or give --bucket and --role
",
        );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn a_bucket_that_does_not_exist_fails_before_any_task() {
    let lab = Lab::new();
    export_into(&lab, "no-such-bucket", &["vhd"]).run().exits(66).stdout("").stderr(
        "ail-export: cannot export ami-… to s3://no-such-bucket (eu-central-1)
  the bucket no-such-bucket does not exist
  next: make one with `ail-stack up --kind vm-bucket`, or give another --bucket
",
    );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn all_that_stands_in_the_way_is_said_at_once() {
    let lab = Lab::new();
    bucket(&lab, "far-away", "us-west-2");
    let trust = TRUST.replace("vmie", "ec2");
    create_role(&lab, "astray", &trust);
    lab.tool("ail-export")
        .args(["run", "--bucket", "far-away", "--role", "astray"])
        .record(&record(&lab, &debian(&lab)))
        .run()
        .exits(69)
        .stdout("")
        .stderr(
            "ail-export: cannot export ami-… to s3://far-away (eu-central-1)
  3 things stand in the way:
  the image ami-… belongs to the account 136693071363; EC2 exports only one's own images
    next: copy it to this account (`aws ec2 copy-image`), and export the copy
  the bucket far-away lies in us-west-2; the image lies in eu-central-1
    next: give a --bucket in eu-central-1; `ail-stack up --kind vm-bucket` makes one
  the role astray does not let vmie.amazonaws.com take it on with the external id vmimport
    next: amend its trust policy; `ail-stack up --kind vm-bucket` makes a role that fits
  next: mend them all, then run the same command again; nothing was changed
",
        );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn a_bucket_with_a_kms_key_is_refused() {
    let lab = Lab::new();
    bucket(&lab, "with-kms", "eu-central-1");
    let rule = r#"{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}"#;
    lab.aws(&[
        "s3api",
        "put-bucket-encryption",
        "--bucket",
        "with-kms",
        "--server-side-encryption-configuration",
        rule,
    ]);
    export_into(&lab, "with-kms", &["vhd"]).run().exits(69).stdout("").stderr(
        "ail-export: cannot export ami-… to s3://with-kms (eu-central-1)
  the bucket with-kms encrypts with a KMS key; EC2 cannot export into it
  next: give a --bucket with SSE-S3 (AES256)
",
    );
}

#[test]
fn what_may_not_be_read_is_a_warning_and_throttling_is_none() {
    let lab = Lab::new();
    let image = image();
    lab.fault(&denied("iam", "GetRole"));
    lab.fault(&denied("s3", "GetBucketEncryption"));
    lab.fault(&Fault {
        operation: "DescribeExportImageTasks",
        status: 503,
        code: "RequestLimitExceeded",
        times: 2,
        ..Fault::default()
    });
    let ran = lab
        .tool("ail-export")
        .args(["run", "--dry-run", "--bucket", BUCKET, "--role", ROLE, "--format", "raw"])
        .args(["--asset-id", &lab.asset_id(), "--image-id", image])
        .stdin("{\"schema\":\"ail/1\"}")
        .run()
        .exits(0);
    assert_eq!(
        ran.stderr_text(),
        "ail-export: warning: cannot see how the bucket disks encrypts (GetBucketEncryption: \
AccessDenied: Access Denied (request …)); with a KMS key the export would fail
ail-export: warning: cannot see whom the role vmimport trusts (GetRole: AccessDenied: Access \
Denied (request …)); EC2 will tell if it is unfit
ail-export run: done in N s
"
    );
    let id = lab.asset_id();
    ran.stdout(&format!("would export {image} as raw to s3://disks/ai_lab/{id}/ai-lab-{id}.raw\n"));
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn a_stranger_under_the_name_of_a_disk_is_not_overwritten() {
    let lab = Lab::new();
    // The bucket is made with the image.
    image();
    let put = |format: &str, metadata: &str| {
        let key = format!("ai_lab/{0}/ai-lab-{0}.{format}", lab.asset_id());
        let object = ["s3api", "put-object", "--bucket", BUCKET, "--key", &key];
        lab.aws(&[&object[..], &["--metadata", metadata]].concat());
    };
    put("raw", "by=hand");
    put("vhd", "image-id=ami-0123456789abcdef0,asset-id=x,export-task=x,sha256=x");
    export(&lab, &["raw", "vhd"]).run().exits(73).stdout("").stderr(
        "ail-export: cannot export ami-… to s3://disks (eu-central-1)
  2 things stand in the way:
  s3://disks/ai_lab/ID/ai-lab-ID.raw exists already: this tool did not put it there
    next: remove it (`aws s3 rm 's3://disks/ai_lab/ID/ai-lab-ID.raw'`), or choose another --asset-id
  s3://disks/ai_lab/ID/ai-lab-ID.vhd exists already: it is an export of ami-…
    next: remove it (`aws s3 rm 's3://disks/ai_lab/ID/ai-lab-ID.vhd'`), or choose another --asset-id
  next: mend them all, then run the same command again; nothing was changed
",
    );
    assert_eq!(lab.mutating_calls(), NOTHING);
}

#[test]
fn an_account_that_encrypts_each_new_volume_is_told_before_there_is_an_image() {
    let lab = Lab::new();
    // A setting of the region: no other test is there.
    let region = "eu-west-2";
    bucket(&lab, "across-the-sea", region);
    create_role(&lab, "across-the-sea", TRUST);
    let encrypts = |setting: &str| lab.aws(&["ec2", setting, "--region", region]);
    let check = || {
        let tool = lab.tool("ail-export").args(["check", "--quiet", "--region", region]);
        tool.args(["--bucket", "across-the-sea", "--role", "across-the-sea"])
            .stdin("{\"schema\":\"ail/1\"}")
    };
    check().run().exits(0);
    encrypts("enable-ebs-encryption-by-default");
    check().run().exits(69).stdout("").stderr(
        "ail-export: cannot export images to s3://across-the-sea (eu-west-2)
  this account encrypts each new volume (eu-west-2); EC2 does not export an image of it
  next: release in a --region without encryption by default, or have it switched off for the \
         release: `aws ec2 disable-ebs-encryption-by-default --region eu-west-2`
",
    );
    // As is said.
    encrypts("disable-ebs-encryption-by-default");
    check().run().exits(0);

    // What nobody may look at is not taken for fit.
    lab.fault(&denied("ec2", "GetEbsEncryptionByDefault"));
    let ran = check().run().exits(77).stdout("");
    let told = "cannot see whether EBS encrypts by default (eu-west-2)\n  \
                GetEbsEncryptionByDefault: AccessDenied: Access Denied";
    assert!(ran.stderr_text().contains(told), "{ran:#?}");
    assert_eq!(lab.mutating_calls(), NOTHING);
}
