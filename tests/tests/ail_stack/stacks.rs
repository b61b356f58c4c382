//! Templates that come up in a moment, and what the tests ask about stacks.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Lab, Tool};

/// A security group; `Cidr` changes it in place, `Purpose` makes it anew.
pub const GROUP: &str = "\
Parameters:
  Cidr: {Type: String, Default: 192.0.2.0/24, Description: Who may connect.}
  Purpose: {Type: String, Default: tests}
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Ref Purpose
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref Cidr}]
Outputs:
  GroupId: {Value: !GetAtt Group.GroupId}
";

/// The group, and an instance of an image that does not exist.
pub const BROKEN: &str = "\
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: tests}
  Machine:
    Type: AWS::EC2::Instance
    Properties: {ImageId: ami-00000000000000bad, InstanceType: t3.micro}
";

/// An instance with a key pair, in a template of one's own.
pub const MACHINE: &str = "\
Parameters:
  ImageId: {Type: AWS::EC2::Image::Id}
  KeyName: {Type: AWS::EC2::KeyPair::KeyName}
Resources:
  Machine:
    Type: AWS::EC2::Instance
    Properties: {ImageId: !Ref ImageId, KeyName: !Ref KeyName, InstanceType: t3.micro}
Outputs:
  InstanceId: {Value: !Ref Machine}
  PublicIp: {Value: !GetAtt Machine.PublicIp}
";

/// A role, which has to be acknowledged.
pub const ROLE: &str = "\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]
";

/// Writes a file into the test's home.
pub fn template(lab: &Lab, name: &str, body: &str) {
    std::fs::write(lab.home().join(name), body).expect("a writable directory");
}

/// `ail-stack VERB --template net.yaml …` with an empty record, in a lab that has it.
pub fn net(lab: &Lab, verb: &str) -> Tool {
    template(lab, "net.yaml", GROUP);
    stack(lab, &[verb, "--template", "net.yaml"])
}

/// `ail-stack VERB --kind ec2 …` with a record.
pub fn ec2(lab: &Lab, verb: &str, record: &Value) -> Tool {
    stack(lab, &[verb, "--kind", "ec2", "--ssh-cidr", "127.0.0.1", "--volume-size", "8"])
        .record(record)
}

/// The arguments that run a script. It lies in a file: what it says on stderr must not
/// be mistaken for the script itself, which is shown there too.
pub fn script(lab: &Lab, body: &str) -> [&'static str; 3] {
    template(lab, "command.sh", body);
    ["--", "bash", "command.sh"]
}

/// Waits for something that no tool tells.
#[track_caller]
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("not within half a minute: {what}");
}

/// `ail-stack` for the lab's asset id with an empty record.
pub fn stack(lab: &Lab, arguments: &[&str]) -> Tool {
    lab.tool("ail-stack")
        .args(arguments)
        .env("AIL_ASSET_ID", lab.asset_id())
        .record(&json!({"schema": "ail/1"}))
}

/// What the aws CLI says of the lab's stack of a kind or template; `null` for none.
pub fn described(lab: &Lab, kind: &str) -> Value {
    let name = format!("ail-{kind}-{}", lab.asset_id());
    let stacks = lab.aws(&["cloudformation", "describe-stacks"]);
    let stacks = stacks["Stacks"].as_array().expect("a list").clone();
    stacks.into_iter().find(|stack| stack["StackName"] == name.as_str()).unwrap_or_default()
}

/// The record of the newest Debian image, as `ail-ami find` makes it.
pub fn source(lab: &Lab) -> Value {
    lab.tool("ail-ami")
        .args(["find", "--name", "debian-12-amd64-*", "--owner", "136693071363"])
        .env("AIL_ASSET_ID", lab.asset_id())
        .run()
        .record()
}

/// The key files in the lab's state.
pub fn key_files(lab: &Lab) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(lab.state()) else {
        return Vec::new();
    };
    entries.map(|e| e.expect("readable").file_name().into_string().expect("text")).collect()
}

/// The key pairs of the lab's asset id, by the aws CLI.
pub fn key_pairs(lab: &Lab) -> Vec<String> {
    let filter = format!("Name=tag:ail:asset-id,Values={}", lab.asset_id());
    let answer = lab.aws(&["ec2", "describe-key-pairs", "--filters", &filter]);
    let pairs = answer["KeyPairs"].as_array().expect("a list").clone();
    pairs.iter().map(|pair| pair["KeyName"].as_str().expect("a name").to_owned()).collect()
}

/// Asserts that nothing of the lab's asset id is up or kept.
#[track_caller]
pub fn nothing_left(lab: &Lab, kind: &str) {
    assert_eq!(described(lab, kind), Value::Null);
    assert_eq!(key_pairs(lab), [""; 0]);
    assert_eq!(key_files(lab), [""; 0]);
}
