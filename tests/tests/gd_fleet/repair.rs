//! What somebody changed is found, named and mended.

use crate::stage::Stage;

#[test]
fn tampering_is_found_and_mended_and_the_second_repair_is_silent() {
    let stage = Stage::new();
    let record = stage.built();
    let (group, role) = (stage.name("worker-group"), stage.name("BatchProcessing"));
    let many = format!("{group}-many-jobs");
    let fleet = &record["fleet"];
    let template = fleet["launch_template"]["id"].as_str().expect("an id");
    let security = fleet["security_group"].as_str().expect("an id");
    let all =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let nano = r#"{"InstanceType":"t3.nano"}"#;
    for attack in [
        &[
            "autoscaling",
            "suspend-processes",
            "--scaling-processes",
            "Launch",
            "AlarmNotification",
            "--auto-scaling-group-name",
            &group,
        ][..],
        &[
            "autoscaling",
            "update-auto-scaling-group",
            "--auto-scaling-group-name",
            &group,
            "--max-size",
            "9",
        ],
        &[
            "autoscaling",
            "put-scheduled-update-group-action",
            "--auto-scaling-group-name",
            &group,
            "--scheduled-action-name",
            "night",
            "--recurrence",
            "0 0 * * *",
            "--min-size",
            "0",
            "--max-size",
            "0",
        ],
        &[
            "autoscaling",
            "delete-lifecycle-hook",
            "--auto-scaling-group-name",
            &group,
            "--lifecycle-hook-name",
            "drain",
        ],
        &[
            "iam",
            "put-role-policy",
            "--role-name",
            &role,
            "--policy-name",
            "work",
            "--policy-document",
            all,
        ],
        &[
            "iam",
            "attach-role-policy",
            "--role-name",
            &role,
            "--policy-arn",
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ],
        &["cloudwatch", "disable-alarm-actions", "--alarm-names", &many],
        &[
            "ec2",
            "create-launch-template-version",
            "--launch-template-id",
            template,
            "--source-version",
            "1",
            "--launch-template-data",
            nano,
        ],
        &[
            "ec2",
            "modify-launch-template",
            "--launch-template-id",
            template,
            "--default-version",
            "2",
        ],
        &[
            "ec2",
            "authorize-security-group-ingress",
            "--group-id",
            security,
            "--protocol",
            "tcp",
            "--port",
            "22",
            "--cidr",
            "0.0.0.0/0",
        ],
        &["ec2", "delete-tags", "--resources", security, "--tags", "Key=gd:team"],
    ] {
        stage.lab.aws(attack);
    }
    assert_eq!(
        stage.findings(&record),
        [
            "missing role inline",
            "extra role inline",
            "extra role attached",
            "extra worker-group suspended",
            "changed worker-group max",
            "extra worker-group -",
            "extra workers-security-group inbound",
            "changed launch-template launch",
            "changed launch-template version",
            "missing drain-hook -",
            "changed many-jobs actions_enabled",
            "changed workers-security-group tags",
        ]
    );

    let before = stage.lab.mutating_calls().len();
    stage.fleet(&record, &["repair", "--dry-run"]).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    let repaired = stage.fleet(&record, &["repair", "--yes"]).run().record();
    let mut mended = stage.lab.mutating_calls().split_off(before);
    mended.sort();
    assert_eq!(
        mended,
        [
            "CreateTags",
            "DeleteLaunchTemplateVersions",
            "DeleteScheduledAction",
            "DetachRolePolicy",
            "ModifyLaunchTemplate",
            "PutLifecycleHook",
            "PutMetricAlarm",
            "PutRolePolicy",
            "ResumeProcesses",
            "RevokeSecurityGroupIngress",
            "UpdateAutoScalingGroup",
        ]
    );
    assert_eq!(repaired["fleet"], record["fleet"]);
    assert_eq!(stage.findings(&repaired), [""; 0]);
    let before = stage.lab.mutating_calls().len();
    stage.fleet(&repaired, &["repair"]).run().exits(0);
    assert_eq!(stage.lab.mutating_calls().len(), before);
    stage.fleet(&repaired, &["down", "--yes"]).run().exits(0);
}
