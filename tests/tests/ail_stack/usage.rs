//! What is refused before any call.

use serde_json::json;
use tests::Lab;

use crate::stacks::{GROUP, net, stack, template};

#[test]
fn no_kind_and_no_template() {
    let lab = Lab::new();
    stack(&lab, &["up"]).run().exits(2).stdout("").stderr(
        "ail-stack: neither --kind nor --template is given\n  \
         next: `ail-stack kinds` shows the built-in kinds\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn an_instance_for_nobody_in_particular() {
    let lab = Lab::new();
    let image = json!({"id": "ami-1", "name": "x", "owner": "1", "user": "admin"});
    let record = json!({"schema": "ail/1", "source_image": image});
    stack(&lab, &["up", "--kind", "ec2"]).record(&record).run().exits(2).stdout("").stderr(
        "ail-stack: the kind ec2 needs a value of SshCidr\n  \
         The IPv4 range that may connect, for example 198.51.100.7/32.\n  \
         next: give --ssh-cidr or set AIL_SSH_CIDR; `curl https://checkip.amazonaws.com` tells \
         the address that you come from\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn an_instance_of_no_image() {
    let lab = Lab::new();
    stack(&lab, &["up", "--kind", "ec2", "--ssh-cidr", "192.0.2.1"])
        .run()
        .exits(65)
        .stdout("")
        .stderr(
            "ail-stack: the record has no member `source_image`\n  \
             next: make it with `ail-ami find`\n",
        );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_volume_smaller_than_the_image() {
    let lab = Lab::new();
    let image =
        json!({"id": "ami-1", "name": "x", "owner": "1", "user": "admin", "volume_gib": 30});
    stack(&lab, &["up", "--kind", "ec2", "--ssh-cidr", "192.0.2.1", "--volume-size", "20"])
        .record(&json!({"schema": "ail/1", "source_image": image}))
        .run()
        .exits(2)
        .stdout("")
        .stderr(
            "ail-stack: a root volume of 20 GiB is too small for the source image\n  \
             next: give --volume-size 30 or more\n",
        );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn options_that_do_not_mean_anything() {
    let lab = Lab::new();
    for (arguments, complaint) in [
        (&["up", "--kind", "network"][..], "invalid value 'network' for '--kind <KIND>'"),
        (&["up", "--kind", "ec2", "--template", "x"], "cannot be used with"),
        (&["up", "--kind", "ec2", "--ssh-cidr", "here"], "write it as 198.51.100.7/32"),
        (&["up", "--kind", "ec2", "--ssh-cidr", "::1/128"], "write it as 198.51.100.7/32"),
        (&["up", "--kind", "ec2", "--volume-size", "2000"], "2000 is not in 8..=1024"),
        (&["up", "--kind", "ec2", "--key-name", "mine"], "--key-file <FILE>"),
        (&["up", "--kind", "ec2", "--name", "a_b"], "a stack's name has 1 to 128 letters"),
        (&["up", "--kind", "ec2", "--param", "x"], "write it as KEY=VALUE"),
        (&["up", "--kind", "ec2", "--capability", "all"], "iam, named-iam, auto-expand"),
        (&["run", "--kind", "ec2"], "<COMMAND>..."),
        (&["run", "--kind", "ec2", "--makes", "tea", "--", "true"], "[possible values: image]"),
    ] {
        let ran = stack(&lab, arguments).run().exits(2).stdout("");
        assert!(ran.stderr_raw().contains(complaint), "{complaint}: {ran:#?}");
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn no_asset_id() {
    let lab = Lab::new();
    for verb in ["down", "status"] {
        lab.tool("ail-stack")
            .args([verb])
            .record(&json!({"schema": "ail/1"}))
            .run()
            .exits(2)
            .stdout("")
            .stderr(
                "ail-stack: no asset id is given\n  \
                 next: give --asset-id, or set AIL_ASSET_ID, or put asset_id into the record\n",
            );
    }
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_parameter_that_the_template_does_not_have() {
    let lab = Lab::new();
    net(&lab, "up").args(["--param", "Port=22"]).run().exits(2).stdout("").stderr(
        "ail-stack: net.yaml has no parameter Port\n  \
         next: its parameters are Cidr, Purpose\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_parameter_that_has_no_value() {
    let lab = Lab::new();
    template(&lab, "net.yaml", &GROUP.replace("Default: tests", "Description: What for."));
    stack(&lab, &["up", "--template", "net.yaml"]).run().exits(2).stdout("").stderr(
        "ail-stack: net.yaml needs a value of Purpose\n  What for.\n  \
         next: give --param Purpose=VALUE\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn what_is_no_template() {
    let lab = Lab::new();
    for (body, complaint) in [
        ("Resources: [", "cannot use t.yaml\n  this is not a CloudFormation template\n"),
        ("Parameters: {}", "Resources"),
        (&format!("Resources: {{}} # {}", "x".repeat(52_000)), "a request takes at most 51200"),
    ] {
        template(&lab, "t.yaml", body);
        let ran = stack(&lab, &["up", "--template", "t.yaml"]).run().exits(65).stdout("");
        assert!(ran.stderr_raw().contains(complaint), "{complaint}: {ran:#?}");
    }
    let ran = stack(&lab, &["up", "--template", "none.yaml"]).run().exits(65).stdout("");
    assert_eq!(
        ran.stderr_raw(),
        "ail-stack: cannot read the template none.yaml\n  No such file or directory (os error 2)\n"
    );
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_command_that_is_not_there() {
    let lab = Lab::new();
    net(&lab, "run")
        .args(["--", "no-such-program", "x"])
        .run()
        .exits(2)
        .stdout("")
        .stderr("ail-stack: there is no program no-such-program to run\n  nothing was called\n");
    assert_eq!(lab.calls(), [""; 0]);
}

#[test]
fn a_permanent_stack_for_a_run() {
    let lab = Lab::new();
    stack(&lab, &["run", "--kind", "vm-bucket", "--", "true"]).run().exits(2).stdout("").stderr(
        "ail-stack: the kind vm-bucket is permanent, and `run` takes its stack down again\n  \
         next: bring it up with `ail-stack up`\n",
    );
    assert_eq!(lab.calls(), [""; 0]);
}
