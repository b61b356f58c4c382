"""Reading templates: what is refused, what is told, and the two templates of ail-stack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from stacks import TEMPLATES, Cloud, body, refused

GROUP = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "tested"}}


def with_property(value: Any) -> dict[str, Any]:
    return {
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": value}},
    }


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Resources: {", "Template format error: YAML not well-formed. (line 1, column 13)"),
        ('{"Resources": }', "Template format error: JSON not well-formed. (line 1, column 15)"),
        ("just text", "Template format error: unsupported structure."),
        ("Resources: {}", "Template format error: At least one Resources member must be defined."),
        ("Resources:", "Template format error: [/Resources] 'null' values are not allowed in templates"),
        (
            {"Resources": {"Group": GROUP}, "Extra": {}},
            "Template format error: Invalid template property or properties [Extra]",
        ),
        (
            {"A": {"Type": "AWS::Nothing::Here"}},
            "Template format error: Unrecognized resource types: [AWS::Nothing::Here]",
        ),
        (
            {"A": {"Properties": {}}},
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        (
            with_property({"Ref": "Nobody"}),
            "Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template",
        ),
        (
            {"Resources": {"Group": GROUP}, "Outputs": {"X": {"Value": {"Fn::Sub": "${Nobody}"}}}},
            "Template format error: Unresolved resource dependencies [Nobody] in the Outputs block of the template",
        ),
        (
            with_property({"Fn::GetAtt": ["Nobody", "Arn"]}),
            "Template error: instance of Fn::GetAtt references undefined resource Nobody",
        ),
        (
            {"Group": GROUP, "Other": with_property({"Fn::GetAtt": ["Group", "Color"]})["Group"]},
            "Template error: resource Group does not support attribute type Color in Fn::GetAtt",
        ),
        (
            {"One": GROUP | {"DependsOn": "Two"}, "Two": GROUP | {"DependsOn": ["One"]}},
            "Circular dependency between resources: [One, Two]",
        ),
        (
            {"Group": GROUP | {"Propertys": {}}},
            "Invalid template resource property 'Propertys'",
        ),
    ],
)
def test_a_broken_template_is_refused_in_the_services_words(cloud: Cloud, template: Any, message: str) -> None:
    assert refused(cloud.create, resources=template) == ("ValidationError", message)
    assert cloud.cloudformation.list_stacks()["StackSummaries"] == []


@pytest.mark.parametrize(
    ("declared", "given", "message"),
    [
        ({"Type": "String"}, None, "Parameters: [P] must have values"),
        ({"Type": "Number", "MinValue": 8}, "7", "Parameter 'P' must be a number not less than 8"),
        ({"Type": "Number", "MaxValue": 9}, "10", "Parameter 'P' must be a number not greater than 9"),
        ({"Type": "Number"}, "many", "Parameter 'P' must be a number"),
        ({"Type": "String", "AllowedValues": ["a"]}, "b", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "String", "AllowedPattern": "a+"}, "b", "Parameter 'P' must match pattern a+"),
        (
            {"Type": "String", "AllowedPattern": "a+", "ConstraintDescription": "only a"},
            "b",
            "Parameter P failed to satisfy constraint: only a",
        ),
        ({"Type": "String", "MinLength": 2}, "a", "Parameter 'P' must contain at least 2 characters"),
    ],
)
def test_parameters_are_held_to_their_rules(
    cloud: Cloud, declared: dict[str, Any], given: str | None, message: str
) -> None:
    template = {"Parameters": {"P": declared}, "Resources": {"Group": GROUP}}
    parameters = [] if given is None else [{"ParameterKey": "P", "ParameterValue": given}]
    assert refused(cloud.create, resources=template, Parameters=parameters) == (
        "ValidationError",
        message,
    )


def test_an_unknown_parameter_is_named(cloud: Cloud) -> None:
    assert refused(
        cloud.create,
        resources={"Group": GROUP},
        Parameters=[{"ParameterKey": "What", "ParameterValue": "1"}],
    ) == ("ValidationError", "Parameters: [What] do not exist in the template")


def test_a_property_that_does_not_exist_fails_the_resource(cloud: Cloud) -> None:
    stack = cloud.create({"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"Descripton": "wrong"}}})
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = cloud.reason(stack, "Group", "CREATE_FAILED")
    assert reason is not None
    assert reason.startswith("Properties validation failed for resource Group with message:")
    assert "#: required key [GroupDescription] not found" in reason
    assert "#: extraneous key [Descripton] is not permitted" in reason


def test_functions_and_conditions(cloud: Cloud) -> None:
    template = """
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a, b"}
  Big: {Type: String, Default: "no"}
Mappings:
  Sizes: {small: {text: little}, big: {text: large}}
Conditions:
  IsBig: !Equals [!Ref Big, "yes"]
  IsSmall: !Not [!Condition IsBig]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Sub
        - "${Size} ${AWS::Region} ${!kept} ${Who}"
        - Size: !FindInMap [Sizes, !If [IsBig, big, small], text]
          Who: !Join ["-", !Ref Names]
      Tags: !If [IsBig, [{Key: big, Value: "1"}], !Ref AWS::NoValue]
  Never:
    Type: AWS::EC2::SecurityGroup
    Condition: IsBig
    Properties: {GroupDescription: never}
Outputs:
  Second: {Value: !Select [1, !Split [",", "x,y"]]}
  Group: {Value: !Sub "${Group}/${Group.GroupId}", Condition: IsSmall}
  None: {Value: "1", Condition: IsBig}
  Date: {Value: !Sub "2012-10-17"}
"""
    stack = cloud.made(template)
    assert sorted(cloud.resources(stack)) == ["Group"]
    group = cloud.physical_id(stack, "Group")
    assert cloud.outputs(stack) == {"Second": "y", "Group": f"{group}/{group}", "Date": "2012-10-17"}
    found = cloud.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert found["Description"] == "little eu-central-1 ${kept} a-b"


def test_a_template_is_told_as_it_was_given(cloud: Cloud) -> None:
    text = "# as written\nResources:\n  Bucket: {Type: 'AWS::S3::Bucket'}\n"
    stack = cloud.made(text)
    assert cloud.cloudformation.get_template(StackName=stack)["TemplateBody"] == text


def test_a_template_in_a_bucket(cloud: Cloud) -> None:
    s3 = cloud.client("s3")
    where = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration=where)
    s3.put_object(Bucket="templates", Key="a/b.json", Body=body({"Group": GROUP}).encode())
    cloud.cloudformation.create_stack(
        StackName="fetched", TemplateURL="https://templates.s3.eu-central-1.amazonaws.com/a/b.json"
    )
    assert cloud.settled("fetched")["StackStatus"] == "CREATE_COMPLETE"


def test_validation_tells_parameters_and_capabilities(cloud: Cloud) -> None:
    text = (TEMPLATES / "vm-bucket.yaml").read_text()
    found = cloud.cloudformation.validate_template(TemplateBody=text)
    assert found["Capabilities"] == ["CAPABILITY_IAM"]
    assert found["CapabilitiesReason"] == ("The following resource(s) require capabilities: [AWS::IAM::Role]")
    text = (TEMPLATES / "ec2.yaml").read_text()
    found = cloud.cloudformation.validate_template(TemplateBody=text)
    assert found.get("Capabilities", []) == []
    defaults = {it["ParameterKey"]: it.get("DefaultValue") for it in found["Parameters"]}
    assert defaults["JupyterPort"] == "49494"
    assert defaults["SshCidr"] is None
    summary = cloud.cloudformation.get_template_summary(TemplateBody=text)
    assert summary["ResourceTypes"] == ["AWS::EC2::Instance", "AWS::EC2::SecurityGroup"]


def test_our_templates_are_clean() -> None:
    templates = sorted(map(str, TEMPLATES.glob("*.yaml")))
    lint = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *templates], capture_output=True, text=True, check=False
    )
    assert (lint.returncode, lint.stdout) == (0, "")


def test_the_vm_bucket_is_private_and_its_role_narrow(cloud: Cloud) -> None:
    text = (TEMPLATES / "vm-bucket.yaml").read_text()
    stack = cloud.made(text, name="AIL-VM-BUCKET", Capabilities=["CAPABILITY_IAM"])
    outputs = cloud.outputs(stack)
    s3, iam, bucket = cloud.client("s3"), cloud.client("iam"), outputs["BucketName"]
    assert outputs["BucketArn"] == f"arn:aws:s3:::{bucket}"
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(block) == 4 and all(block.values())
    controls = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    rule = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert rule == {"SSEAlgorithm": "AES256"}
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rules[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    statement = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"][0]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    tags = {tag["Key"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    assert "aws:cloudformation:stack-name" in tags
    role = iam.get_role(RoleName=outputs["RoleName"])["Role"]
    assert role["Arn"] == outputs["RoleArn"]
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "vmie.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"sts:Externalid": "vmimport"}}
    policy = iam.get_role_policy(RoleName=outputs["RoleName"], PolicyName="image-export")
    allowed = {it["Sid"]: it["Resource"] for it in policy["PolicyDocument"]["Statement"]}
    assert allowed == {
        "Bucket": outputs["BucketArn"],
        "Objects": f"{outputs['BucketArn']}/*",
        "Images": ["arn:aws:ec2:eu-central-1::image/*", "arn:aws:ec2:eu-central-1::snapshot/*"],
        "Look": "*",
    }
    s3.put_object(Bucket=bucket, Key="usable", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="usable")["Body"].read() == b"1"


def test_a_policy_that_denies_without_condition_still_denies(cloud: Cloud) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::shut/*"}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shut"}}
    policy = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    cloud.made({"Bucket": bucket, "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}})
    assert refused(cloud.client("s3").put_object, Bucket="shut", Key="x", Body=b"1")[0] in ("403", "AccessDenied")


def test_the_instance_is_reached_from_one_range_only(cloud: Cloud) -> None:
    cloud.ec2.create_key_pair(KeyName="release")
    given = {
        "AssetId": "1.0",
        "ImageId": cloud.image(),
        "KeyName": "release",
        "SshCidr": "198.51.100.7/32",
        "VolumeSize": "10",
        "Encrypted": "true",
    }
    stack = cloud.made(
        (TEMPLATES / "ec2.yaml").read_text(),
        name="ail-ec2-1-0",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        Tags=[{"Key": "ail:asset-id", "Value": "1.0"}],
    )
    outputs = cloud.outputs(stack)
    answer = cloud.ec2.describe_instances(InstanceIds=[outputs["InstanceId"]])
    found = answer["Reservations"][0]["Instances"][0]
    assert outputs["PublicIp"] == found["PublicIpAddress"]
    assert outputs["PublicDnsName"] == found["PublicDnsName"]
    assert outputs["AvailabilityZone"] == found["Placement"]["AvailabilityZone"]
    assert [it["GroupId"] for it in found["SecurityGroups"]] == [outputs["SecurityGroupId"]]
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert {"Key": "Name", "Value": "ail-ec2-1.0"} in found["Tags"]
    volume_id = found["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    volume = cloud.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (10, "gp3", True)
    assert {"Key": "ail:asset-id", "Value": "1.0"} in volume["Tags"]
    groups = cloud.ec2.describe_security_groups(GroupIds=[outputs["SecurityGroupId"]])
    rules = groups["SecurityGroups"][0]["IpPermissions"]
    assert sorted((it["FromPort"], it["IpRanges"][0]["CidrIp"]) for it in rules) == [
        (22, "198.51.100.7/32"),
        (49494, "198.51.100.7/32"),
    ]
