"""Groups: made, resized, healed, deleted, and what each of that is told as."""

from __future__ import annotations

import json
import re

import pytest
from services import eventually, refused, serve

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def test_a_group_starts_instances_from_its_template(group):
    profile = group.cloud.client("iam").create_instance_profile(InstanceProfileName="worker")["InstanceProfile"]
    vpc = group.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    security_group = group.ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    template = group.template(
        IamInstanceProfile={"Name": "worker"},
        SecurityGroupIds=[security_group],
        UserData="IyEvYmluL3NoCg==",
        MetadataOptions={"HttpTokens": "required"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "from", "Value": "template"}]}],
    )
    tags = [
        {"Key": "Name", "Value": "worker", "PropagateAtLaunch": True},
        {"Key": "own", "Value": "group", "PropagateAtLaunch": False},
    ]
    group.create(LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"}, Tags=tags)
    assert group.states() in ([], ["Pending"], ["InService"])
    [instance_id] = group.in_service(1)
    [instance] = group.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"]
    assert instance["IamInstanceProfile"]["Arn"] == profile["Arn"]
    assert [each["GroupId"] for each in instance["SecurityGroups"]] == [security_group]
    assert instance["SubnetId"] == group.described()["VPCZoneIdentifier"]
    found = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    assert found == {
        "Name": "worker",
        "from": "template",
        "aws:autoscaling:groupName": "workers",
        "aws:ec2launchtemplate:id": template,
        "aws:ec2launchtemplate:version": "1",
    }
    [detail] = group.scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
    assert (detail["LifecycleState"], detail["HealthStatus"]) == ("InService", "HEALTHY")
    assert detail["LaunchTemplate"]["Version"] == "1"
    [activity] = group.activities()
    assert activity["Description"] == f"Launching a new EC2 instance: {instance_id}"
    assert (activity["StatusCode"], activity["Progress"]) == ("Successful", 100)
    assert re.fullmatch(
        f"At {TIME} a user request created an AutoScalingGroup changing the desired capacity from 0 to 1\\.  At {TIME}"
        " an instance was started in response to a difference between desired and actual capacity, increasing the"
        " capacity from 0 to 1\\.",
        activity["Cause"],
    )


def test_a_group_grows_and_shrinks_within_its_bounds(group):
    group.create()
    [oldest] = group.in_service(1)
    group.desire(3)
    assert oldest in group.in_service(3)
    group.desire(2)
    group.in_service(2)
    newest = group.activities()[0]
    assert newest["Description"].startswith("Terminating EC2 instance: i-")
    assert re.search(
        "a user request explicitly set group desired capacity changing the desired capacity from 3 to 2\\.  At .* an"
        " instance was taken out of service in response to a difference between desired and actual capacity, shrinking"
        f" the capacity from 3 to 2\\.  At {TIME} instance i-\\w+ was selected for termination\\.",
        newest["Cause"],
    )
    assert refused(group.desire, count=5) == (
        "ValidationError",
        "New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.",
    )
    assert refused(group.desire, count=0)[1] == (
        "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."
    )
    assert group.described()["DesiredCapacity"] == 2


def test_an_instance_that_ends_outside_is_replaced(group):
    group.create()
    [lost] = group.in_service(1)
    group.ec2.terminate_instances(InstanceIds=[lost])
    eventually(lambda: lost not in group.ids() and group.states() == ["InService"])
    causes = [activity["Cause"] for activity in group.activities()]
    reason = "in response to an EC2 health check indicating it has been terminated or stopped"
    assert any(reason in cause for cause in causes)
    assert group.described()["DesiredCapacity"] == 1


def test_an_instance_called_unhealthy_is_replaced(group):
    group.create()
    [bad] = group.in_service(1)
    group.scaling.set_instance_health(InstanceId=bad, HealthStatus="Unhealthy")
    eventually(lambda: bad not in group.ids() and group.states() == ["InService"])


def test_an_instance_is_ended_with_and_without_its_place(group):
    group.create(DesiredCapacity=2)
    first, second = group.in_service(2)
    end = group.scaling.terminate_instance_in_auto_scaling_group
    activity = end(InstanceId=first, ShouldDecrementDesiredCapacity=True)["Activity"]
    assert activity["Cause"].endswith(
        f"instance {first} was taken out of service in response to a user request, shrinking the capacity from 2 to 1."
    )
    assert group.in_service(1) == [second]
    assert refused(end, InstanceId=second, ShouldDecrementDesiredCapacity=True)[0] == "ValidationError"
    end(InstanceId=second, ShouldDecrementDesiredCapacity=False)
    eventually(lambda: second not in group.ids() and group.states() == ["InService"])


def test_a_protected_instance_is_not_chosen(group):
    group.create(DesiredCapacity=2)
    first, second = group.in_service(2)
    protect = group.scaling.set_instance_protection
    protect(AutoScalingGroupName=group.name, InstanceIds=[first], ProtectedFromScaleIn=True)
    group.desire(1)
    assert group.in_service(1) == [first]


def test_instances_of_an_older_template_go_first(group):
    template = group.template()
    group.create(LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"})
    [old] = group.in_service(1)
    group.ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"InstanceType": "t3.small"}
    )
    group.desire(2)
    group.in_service(2)
    group.desire(1)
    [kept] = group.in_service(1)
    assert kept != old


def test_suspended_processes_do_not_run(group):
    group.create()
    [lost] = group.in_service(1)
    suspend = {"AutoScalingGroupName": group.name, "ScalingProcesses": ["Launch"]}
    group.scaling.suspend_processes(**suspend)
    [suspended] = group.described()["SuspendedProcesses"]
    assert suspended["ProcessName"] == "Launch"
    assert re.fullmatch(f"User suspended at {TIME}", suspended["SuspensionReason"])
    group.ec2.terminate_instances(InstanceIds=[lost])
    eventually(lambda: group.states() == [])
    group.scaling.resume_processes(**suspend)
    group.in_service(1)


def test_a_launch_that_fails_is_told_as_an_activity(group):
    vpc = group.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    gone = group.ec2.create_security_group(GroupName="gone", Description="g", VpcId=vpc)["GroupId"]
    group.create(0, LaunchTemplate={"LaunchTemplateId": group.template(SecurityGroupIds=[gone])})
    group.ec2.delete_security_group(GroupId=gone)
    group.desire(1)
    [activity] = eventually(lambda: [each for each in group.activities() if each["StatusCode"] == "Failed"][:1])
    assert gone in activity["StatusMessage"]
    assert activity["StatusMessage"].endswith("Launching EC2 instance failed.")


@pytest.mark.parametrize(
    "data",
    [
        {"SecurityGroupIds": ["sg-00000000000000000"]},
        {"ImageId": "ami-00000000000000000"},
        {"IamInstanceProfile": {"Name": "none"}},
    ],
)
def test_a_template_that_can_start_nothing_is_refused(group, data):
    code, message = refused(group.create, LaunchTemplate={"LaunchTemplateId": group.template(**data)})
    assert code == "ValidationError"
    assert message.startswith("You must use a valid fully-formed launch template. ")


def test_a_group_of_zones_is_spread_over_them(group):
    zones = [f"eu-central-1{letter}" for letter in "ab"]
    template = {"LaunchTemplateId": group.template()}
    group.scaling.create_auto_scaling_group(
        AutoScalingGroupName=group.name, MinSize=2, MaxSize=2, AvailabilityZones=zones, LaunchTemplate=template
    )
    group.in_service(2)
    assert sorted(each["AvailabilityZone"] for each in group.described()["Instances"]) == zones


def test_an_instance_in_standby_does_not_count_and_comes_back(group):
    group.create(0, DesiredCapacity=1)
    [first] = group.in_service(1)
    who = {"AutoScalingGroupName": group.name, "InstanceIds": [first]}
    group.scaling.enter_standby(**who, ShouldDecrementDesiredCapacity=True)
    assert (group.states(), group.described()["DesiredCapacity"]) == (["Standby"], 0)
    group.scaling.exit_standby(**who)
    assert group.in_service(1) == [first]
    group.scaling.detach_instances(**who, ShouldDecrementDesiredCapacity=True)
    assert group.states() == []
    group.scaling.attach_instances(**who)
    assert group.in_service(1) == [first]


def test_a_group_is_deleted_when_it_is_empty_or_by_force(group):
    group.create()
    group.in_service(1)
    delete = group.scaling.delete_auto_scaling_group
    assert refused(delete, AutoScalingGroupName=group.name)[0] == "ResourceInUse"
    delete(AutoScalingGroupName=group.name, ForceDelete=True)
    assert group.described().get("Status", "Delete in progress") == "Delete in progress"
    eventually(lambda: not group.described())
    states = {
        instance["State"]["Name"]
        for reservation in group.ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states == {"terminated"}
    kept = group.scaling.describe_scaling_activities(AutoScalingGroupName=group.name, IncludeDeletedGroups=True)
    assert {each["AutoScalingGroupState"] for each in kept["Activities"]} == {"Deleted"}
    assert group.activities() == []


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"smallest": 2, "largest": 1}, "Max bound, 1, must be greater than or equal to min bound, 2"),
        (
            {"DesiredCapacity": 9},
            "Desired capacity:9 must be between the specified min size:1 and max size:4",
        ),
        (
            {"LaunchConfigurationName": "none"},
            "Launch configuration name not found - A launch configuration with the name: none does not exist",
        ),
    ],
)
def test_an_impossible_group_is_refused(group, wish, message):
    assert refused(group.create, **wish) == ("ValidationError", message)


def test_names_are_taken_once_and_unknown_ones_are_refused(group):
    assert refused(group.desire, count=1) == (
        "ValidationError",
        "AutoScalingGroup name not found - AutoScalingGroup 'workers' not found",
    )
    tag = {"ResourceId": "none", "ResourceType": "auto-scaling-group", "Key": "k", "Value": "v"}
    assert refused(group.scaling.create_or_update_tags, Tags=[tag])[0] == "ValidationError"
    template = group.template()
    group.create(0, LaunchTemplate={"LaunchTemplateId": template})
    code, message = refused(group.create, LaunchTemplate={"LaunchTemplateId": template})
    assert (code, message) == (
        "AlreadyExists",
        "AutoScalingGroup by this name already exists - A group with the name workers already exists",
    )


def test_groups_come_in_pages(group):
    template = {"LaunchTemplateId": group.template()}
    for number in range(5):
        group.name = f"g{number}"
        group.create(0, LaunchTemplate=template)
    pages = group.scaling.get_paginator("describe_auto_scaling_groups").paginate(PaginationConfig={"PageSize": 2})
    names = [[found["AutoScalingGroupName"] for found in page["AutoScalingGroups"]] for page in pages]
    assert names == [["g0", "g1"], ["g2", "g3"], ["g4"]]


def test_an_update_moves_the_desired_capacity_into_its_bounds(group):
    group.create()
    group.in_service(1)
    group.scaling.update_auto_scaling_group(AutoScalingGroupName=group.name, MinSize=2, DefaultCooldown=7)
    group.in_service(2)
    found = group.described()
    assert (found["MinSize"], found["MaxSize"], found["DesiredCapacity"], found["DefaultCooldown"]) == (2, 4, 2, 7)
    assert found["LaunchTemplate"]["LaunchTemplateName"] == "template"


def test_a_refresh_replaces_all_instances(group):
    group.create(2)
    before = set(group.in_service(2))
    refresh = group.scaling.start_instance_refresh(
        AutoScalingGroupName=group.name, Preferences={"MinHealthyPercentage": 50, "InstanceWarmup": 0}
    )["InstanceRefreshId"]
    assert refused(group.scaling.start_instance_refresh, AutoScalingGroupName=group.name)[0] == (
        "InstanceRefreshInProgress"
    )

    def status():
        found = group.scaling.describe_instance_refreshes(AutoScalingGroupName=group.name)["InstanceRefreshes"]
        return [each["Status"] for each in found if each["InstanceRefreshId"] == refresh]

    eventually(lambda: status() == ["Successful"])
    assert not before & set(group.in_service(2))
    assert refused(group.scaling.cancel_instance_refresh, AutoScalingGroupName=group.name)[0] == (
        "ActiveInstanceRefreshNotFound"
    )


def test_a_refresh_to_something_else_tells_to_what(group):
    group.create(0)
    desired = {"LaunchTemplate": {"LaunchTemplateName": "template", "Version": "1"}}
    group.scaling.start_instance_refresh(AutoScalingGroupName=group.name, DesiredConfiguration=desired)
    [refresh] = group.scaling.describe_instance_refreshes(AutoScalingGroupName=group.name)["InstanceRefreshes"]
    assert refresh["DesiredConfiguration"] == desired


def test_a_topic_is_told_of_what_it_was_last_put_for(group):
    group.create(0)
    on = {"AutoScalingGroupName": group.name, "TopicARN": "arn:aws:sns:eu-central-1:123456789012:told"}
    for kinds in (["autoscaling:EC2_INSTANCE_LAUNCH"], ["autoscaling:EC2_INSTANCE_TERMINATE"]):
        group.scaling.put_notification_configuration(**on, NotificationTypes=kinds)
    found = group.scaling.describe_notification_configurations(AutoScalingGroupNames=[group.name])
    assert found["NotificationConfigurations"] == [{**on, "NotificationType": "autoscaling:EC2_INSTANCE_TERMINATE"}]
    unknown = {**on, "NotificationTypes": ["autoscaling:BOOT"]}
    assert refused(group.scaling.put_notification_configuration, **unknown)[0] == "ValidationError"
    group.scaling.delete_notification_configuration(**on)
    assert refused(group.scaling.delete_notification_configuration, **on)[0] == "ValidationError"
    assert group.scaling.describe_notification_configurations()["NotificationConfigurations"] == []


def test_a_stack_makes_changes_and_deletes_its_group(group):
    template = group.template()

    def body(largest):
        properties = {
            "AutoScalingGroupName": group.name,
            "MinSize": "1",
            "MaxSize": str(largest),
            "VPCZoneIdentifier": [group.subnet()],
            "LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"},
            "Tags": [{"Key": "k", "Value": "v", "PropagateAtLaunch": True}],
        }
        resource = {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": properties}
        return json.dumps({"Resources": {"Group": resource}})

    stacks = group.cloud.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=body(2))
    before = group.in_service(1)
    stacks.update_stack(StackName="s", TemplateBody=body(3))
    assert (group.described()["MaxSize"], group.ids()) == (3, before)
    stacks.delete_stack(StackName="s")
    assert group.described() == {}


def test_launch_configurations_start_instances_where_they_are_allowed(group):
    make = group.scaling.create_launch_configuration
    make(LaunchConfigurationName="old", ImageId="ami-0123456789abcdef0", InstanceType="t2.micro")
    group.create(LaunchConfigurationName="old")
    group.in_service(1)
    assert group.described()["Instances"][0]["LaunchConfigurationName"] == "old"
    assert refused(group.scaling.delete_launch_configuration, LaunchConfigurationName="old")[0] == "ResourceInUse"


def test_launch_configurations_are_refused_in_a_new_account(tmp_path):
    for cloud in serve(tmp_path, AIL_CLOUD_LAUNCH_CONFIGURATIONS="false"):
        make = cloud.client("autoscaling").create_launch_configuration
        code, message = refused(make, LaunchConfigurationName="x", ImageId="ami-0", InstanceType="t2.micro")
        assert code == "UnsupportedOperation"
        assert message.startswith("The Launch Configuration creation operation is not available in your account.")
