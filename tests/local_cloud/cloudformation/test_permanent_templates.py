"""The templates of what stays: each property is read back through the services' own APIs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stacks import TEMPLATES, Cloud, refused

# AWS managed policies (CloudFront Developer Guide).
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"


@pytest.fixture
def home(cloud: Cloud) -> Cloud:
    """The same cloud as us-east-1 sees it."""
    return cloud.elsewhere("us-east-1")


def made(cloud: Cloud, kind: str, name: str, **parameters: str) -> str:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    body = (TEMPLATES / f"{kind}.yaml").read_text()
    tags = [{"Key": "ail:tool", "Value": "ail-stack"}]
    return cloud.made(body, name=name, Parameters=given, Capabilities=["CAPABILITY_IAM"], Tags=tags)


def updated(cloud: Cloud, kind: str, stack: str, **parameters: str) -> None:
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    cloud.cloudformation.update_stack(
        StackName=stack, UsePreviousTemplate=True, Parameters=given, Capabilities=["CAPABILITY_IAM"]
    )
    assert cloud.settled(stack)["StackStatus"] == "UPDATE_COMPLETE", cloud.events(stack)


def deleted(cloud: Cloud, stack: str) -> None:
    cloud.cloudformation.delete_stack(StackName=stack)
    assert cloud.settled(stack)["StackStatus"] == "DELETE_COMPLETE", cloud.events(stack)


def web_acl(home: Cloud) -> dict[str, Any]:
    waf = home.client("wafv2")
    (summary,) = waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    found: dict[str, Any] = waf.get_web_acl(Scope="CLOUDFRONT", Name=summary["Name"], Id=summary["Id"])["WebACL"]
    return found


def test_the_acl_is_the_table_of_its_rules(home: Cloud) -> None:
    stack = made(home, "vm-bucket-waf", "AIL-VM-BUCKET-WAF", AllowedIpv4="198.51.100.0/24,203.0.113.7/32")
    acl, waf = web_acl(home), home.client("wafv2")
    assert home.outputs(stack) == {"WebAclArn": acl["ARN"]}
    assert acl["ARN"].startswith("arn:aws:wafv2:us-east-1:123456789012:global/webacl/")
    assert acl["DefaultAction"] == {"Allow": {}}
    limit, captcha = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
    assert (limit["Name"], limit["Priority"], limit["Action"]) == ("VMBucketRateLimit", 0, {"Block": {}})
    rate = {"Limit": 100, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}
    assert limit["Statement"] == {"RateBasedStatement": rate}
    assert (captcha["Name"], captcha["Priority"], captcha["Action"]) == ("CAPTCHA", 1, {"Captcha": {}})
    assert captcha["CaptchaConfig"] == {"ImmunityTimeProperty": {"ImmunityTime": 300}}
    sets = captcha["Statement"]["NotStatement"]["Statement"]["OrStatement"]["Statements"]
    arns = [each["IPSetReferenceStatement"]["ARN"] for each in sets]
    listed = {each["ARN"]: each for each in waf.list_ip_sets(Scope="CLOUDFRONT")["IPSets"]}
    found = [
        waf.get_ip_set(Scope="CLOUDFRONT", Name=listed[arn]["Name"], Id=listed[arn]["Id"])["IPSet"] for arn in arns
    ]
    assert [(each["IPAddressVersion"], each["Addresses"]) for each in found] == [
        ("IPV4", ["198.51.100.0/24", "203.0.113.7/32"]),
        ("IPV6", []),
    ]
    updated(home, "vm-bucket-waf", stack, AllowedIpv6="2001:db8::/32", CaptchaImmunitySeconds="600")
    again = web_acl(home)
    assert again["ARN"] == acl["ARN"]
    assert again["Rules"][1]["CaptchaConfig"] == {"ImmunityTimeProperty": {"ImmunityTime": 600}}
    set_6 = waf.get_ip_set(Scope="CLOUDFRONT", Name=listed[arns[1]]["Name"], Id=listed[arns[1]]["Id"])["IPSet"]
    assert set_6["Addresses"] == ["2001:db8::/32"]
    deleted(home, stack)
    assert waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"] == []
    assert waf.list_ip_sets(Scope="CLOUDFRONT")["IPSets"] == []


def test_an_acl_for_cloudfront_is_made_in_one_region_only(cloud: Cloud) -> None:
    body = (TEMPLATES / "vm-bucket-waf.yaml").read_text()
    stack = cloud.create(body, name="AIL-VM-BUCKET-WAF")
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    failures = [reason or "" for _, status, reason in cloud.events(stack) if status == "CREATE_FAILED"]
    assert any("The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT" in each for each in failures)


def test_the_bucket_is_served_by_its_distribution_alone(cloud: Cloud, home: Cloud) -> None:
    waf = made(home, "vm-bucket-waf", "AIL-VM-BUCKET-WAF")
    acl = home.outputs(waf)["WebAclArn"]
    stack = made(cloud, "vm-bucket", "AIL-VM-BUCKET", WebAclArn=acl)
    outputs, cloudfront = cloud.outputs(stack), cloud.client("cloudfront")
    found = cloudfront.get_distribution(Id=outputs["DistributionId"])["Distribution"]
    assert (found["Status"], found["DomainName"]) == ("Deployed", outputs["DistributionDomainName"])
    config = found["DistributionConfig"]
    assert (config["Enabled"], config["WebACLId"], config["HttpVersion"]) == (True, acl, "http2and3")
    assert config["IsIPV6Enabled"] is True
    behaviour = config["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "https-only"
    assert sorted(behaviour["AllowedMethods"]["Items"]) == ["GET", "HEAD"]
    assert sorted(behaviour["AllowedMethods"]["CachedMethods"]["Items"]) == ["GET", "HEAD"]
    assert behaviour["CachePolicyId"] == CACHING_OPTIMIZED
    assert behaviour["ResponseHeadersPolicyId"] == SECURITY_HEADERS
    assert behaviour["Compress"] is False
    (origin,) = config["Origins"]["Items"]
    assert origin["DomainName"] == f"{outputs['BucketName']}.s3.eu-central-1.amazonaws.com"
    assert origin["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    control = cloudfront.get_origin_access_control(Id=origin["OriginAccessControlId"])["OriginAccessControl"]
    assert control["OriginAccessControlConfig"] == {
        "Name": "AIL-VM-BUCKET-eu-central-1",
        "Description": "CloudFront signs what it reads from the bucket of VM images.",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    policy = json.loads(cloud.client("s3").get_bucket_policy(Bucket=outputs["BucketName"])["Policy"])
    read = policy["Statement"][1]
    assert (read["Action"], read["Principal"]) == ("s3:GetObject", {"Service": "cloudfront.amazonaws.com"})
    assert read["Resource"] == f"{outputs['BucketArn']}/*"
    arn = f"arn:aws:cloudfront::123456789012:distribution/{outputs['DistributionId']}"
    assert found["ARN"] == arn
    assert read["Condition"] == {"StringEquals": {"AWS:SourceArn": arn}}
    tags = cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    assert {"Key": "ail:tool", "Value": "ail-stack"} in tags

    home.cloudformation.delete_stack(StackName=waf)
    assert home.settled(waf)["StackStatus"] == "DELETE_FAILED"
    assert "your resource is being used by another resource" in str(home.reason(waf, "WebAcl", "DELETE_FAILED"))
    deleted(cloud, stack)
    assert cloudfront.list_distributions()["DistributionList"]["Quantity"] == 0
    assert cloudfront.list_origin_access_controls()["OriginAccessControlList"]["Quantity"] == 0
    cloud.client("s3").head_bucket(Bucket=outputs["BucketName"])
    deleted(home, waf)


def test_a_distribution_comes_and_goes_with_its_acl(cloud: Cloud, home: Cloud) -> None:
    waf = made(home, "vm-bucket-waf", "AIL-VM-BUCKET-WAF")
    stack = made(cloud, "vm-bucket", "AIL-VM-BUCKET")
    outputs, cloudfront = cloud.outputs(stack), cloud.client("cloudfront")
    assert "DistributionId" not in outputs
    assert cloudfront.list_distributions()["DistributionList"]["Quantity"] == 0
    updated(cloud, "vm-bucket", stack, WebAclArn=home.outputs(waf)["WebAclArn"])
    served = cloud.outputs(stack)
    assert served["BucketName"] == outputs["BucketName"]
    config = cloudfront.get_distribution_config(Id=served["DistributionId"])
    refusal = refused(cloudfront.delete_distribution, Id=served["DistributionId"], IfMatch=config["ETag"])
    assert refusal == ("DistributionNotDisabled", "The specified distribution is not disabled.")
    refusal = refused(cloudfront.delete_distribution, Id=served["DistributionId"], IfMatch="old")
    assert refusal[0] == "PreconditionFailed"


def test_a_push_builds_if_it_asks_to(cloud: Cloud) -> None:
    stack = made(cloud, "ci-codebuild", "AIL-CI-CODEBUILD", RepositoryUrl="https://github.com/example/ail-tools")
    outputs, codebuild = cloud.outputs(stack), cloud.client("codebuild")
    assert outputs["ProjectName"] == "AIL-CI-CODEBUILD"
    (project,) = codebuild.batch_get_projects(names=[outputs["ProjectName"]])["projects"]
    assert project["webhook"]["filterGroups"] == [
        [
            {"type": "EVENT", "pattern": "PUSH"},
            {"type": "HEAD_REF", "pattern": "^refs/heads/main$", "excludeMatchedPattern": True},
            {"type": "COMMIT_MESSAGE", "pattern": r"\[CodeBuild\]"},
        ]
    ]
    assert project["source"]["type"] == "GITHUB"
    assert project["source"]["buildspec"] == "scripts/buildspec/ci.yml"
    assert project["environment"]["image"] == "aws/codebuild/standard:7.0"
    assert project["environment"]["privilegedMode"] is True
    assert project["timeoutInMinutes"] == 180
    policy = cloud.client("iam").get_role_policy(RoleName=outputs["BuildRoleArn"].split("/")[-1], PolicyName="ci")
    assert [each["Sid"] for each in policy["PolicyDocument"]["Statement"]] == ["Log"]
    updated(cloud, "ci-codebuild", stack, RepositoryUrl="https://github.com/example/ail-tools", TimeoutMinutes="60")
    (project,) = codebuild.batch_get_projects(names=[outputs["ProjectName"]])["projects"]
    assert project["timeoutInMinutes"] == 60
    deleted(cloud, stack)
    assert codebuild.batch_get_projects(names=[outputs["ProjectName"]])["projects"] == []


def test_a_release_is_built_with_its_secrets_and_no_webhook(cloud: Cloud) -> None:
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:password-a1b2c3"
    stack = made(
        cloud,
        "release-codebuild",
        "AIL-RELEASE-CODEBUILD",
        RepositoryUrl="https://github.com/example/ail-tools",
        BucketName="images",
        RoleName="export",
        PasswordSecretArn=secret,
        LogRetentionDays="30",
    )
    outputs, codebuild = cloud.outputs(stack), cloud.client("codebuild")
    (project,) = codebuild.batch_get_projects(names=[outputs["ProjectName"]])["projects"]
    assert "webhook" not in project
    assert (project["sourceVersion"], project["concurrentBuildLimit"]) == ("main", 1)
    assert project["environment"]["environmentVariables"] == [
        {"name": "AIL_ASSET_ID", "value": "ai-lab-dev", "type": "PLAINTEXT"},
        {"name": "AIL_PUBLISH", "value": "no", "type": "PLAINTEXT"},
        {"name": "AIL_DEFAULT_PASSWORD", "value": secret, "type": "SECRETS_MANAGER"},
    ]
    (group,) = cloud.client("logs").describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (outputs["LogGroupName"], 30)
    policy = cloud.client("iam").get_role_policy(RoleName=outputs["BuildRoleArn"].split("/")[-1], PolicyName="release")[
        "PolicyDocument"
    ]
    statements = {each["Sid"]: each for each in policy["Statement"]}
    assert statements["Log"]["Resource"] == group["arn"].removesuffix(":*") + ":*"
    assert statements["Password"]["Resource"] == secret
    assert "Source" not in statements
    # Only what has no narrower resource is allowed on everything.
    assert [sid for sid, each in statements.items() if each["Resource"] == "*"] == ["Look"]
    assert statements["HandOverExportRole"]["Resource"] == "arn:aws:iam::123456789012:role/export"
    deleted(cloud, stack)
    assert cloud.client("logs").describe_log_groups()["logGroups"] == []


def test_an_image_without_a_version_is_refused(cloud: Cloud) -> None:
    body = (TEMPLATES / "ci-codebuild.yaml").read_text()
    for image in ("aws/codebuild/standard:latest", "ubuntu"):
        given = {"RepositoryUrl": "https://github.com/example/ail-tools", "BuildImage": image}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
        code, message = refused(
            cloud.cloudformation.create_stack,
            StackName="AIL-CI-CODEBUILD",
            TemplateBody=body,
            Parameters=parameters,
            Capabilities=["CAPABILITY_IAM"],
        )
        assert code == "ValidationError"
        assert "BuildImage" in message


def test_a_property_that_the_service_does_not_know_is_refused_wherever_it_stands(cloud: Cloud) -> None:
    rate = {"AggregateKeyType": "IP", "Limit": 100, "Window": 300}
    seen = {"MetricName": "m", "CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True}
    rule = {"Name": "r", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": seen}
    acl = {
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": seen,
        "Rules": [{**rule, "Statement": {"RateBasedStatement": rate}}],
    }
    stack = cloud.create({"Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": acl}})
    assert cloud.settled(stack)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = str(cloud.reason(stack, "Acl", "CREATE_FAILED"))
    assert "#/Rules/0/Statement/RateBasedStatement: extraneous key [Window] is not permitted" in reason


def test_a_rule_that_the_service_would_refuse_is_refused(cloud: Cloud) -> None:
    waf = cloud.client("wafv2")
    seen = {"MetricName": "m", "CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True}

    def create(statement: dict[str, Any], **more: Any) -> tuple[str, str]:
        rule = {"Name": "r", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": seen, "Statement": statement}
        return refused(
            waf.create_web_acl,
            Name="refused",
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig=seen,
            Rules=[{**rule, **more}],
        )

    rate = {"AggregateKeyType": "IP", "Limit": 10}
    few = create({"RateBasedStatement": rate | {"EvaluationWindowSec": 90}})
    assert few[0] == "WAFInvalidParameterException"
    immunity = {"ImmunityTimeProperty": {"ImmunityTime": 259_201}}
    assert create({"RateBasedStatement": rate}, CaptchaConfig=immunity)[0] == "WAFInvalidParameterException"
    missing = "arn:aws:wafv2:eu-central-1:123456789012:regional/ipset/none/1"
    assert create({"IPSetReferenceStatement": {"ARN": missing}})[0] == "WAFNonexistentItemException"
