"""Stacks, resources and change sets in the shapes that the API answers."""

from __future__ import annotations

from typing import Any

from .stack import ChangeSet, Resource, Stack


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def stack(it: Stack) -> dict[str, Any]:
    with it.lock:
        return _present(
            {
                "StackId": it.id,
                "StackName": it.name,
                "ChangeSetId": it.change_set_id,
                "Description": it.template.description if it.template else None,
                "Parameters": it.parameters.shown(),
                "CreationTime": it.created,
                "LastUpdatedTime": it.updated,
                "DeletionTime": it.deleted,
                "RollbackConfiguration": {"RollbackTriggers": []},
                "StackStatus": it.status,
                "StackStatusReason": it.reason,
                "DisableRollback": it.on_failure == "DO_NOTHING",
                "NotificationARNs": it.notification_arns,
                "TimeoutInMinutes": it.timeout_minutes,
                "Capabilities": it.capabilities,
                "Outputs": it.outputs,
                "RoleARN": it.role_arn,
                "Tags": _tags(it.tags),
                "EnableTerminationProtection": it.termination_protection,
                "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
            }
        )


def stack_summary(it: Stack) -> dict[str, Any]:
    return _present(
        {
            "StackId": it.id,
            "StackName": it.name,
            "TemplateDescription": it.template.description if it.template else None,
            "CreationTime": it.created,
            "LastUpdatedTime": it.updated,
            "DeletionTime": it.deleted,
            "StackStatus": it.status,
            "StackStatusReason": it.reason,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }
    )


def resource(it: Resource, of: Stack) -> dict[str, Any]:
    """As DescribeStackResources tells it."""
    return _present(
        {
            "StackId": of.id,
            "StackName": of.name,
            "Timestamp": it.timestamp or of.created,
            **_resource(it),
        }
    )


def resource_detail(it: Resource, of: Stack) -> dict[str, Any]:
    """As DescribeStackResource tells it."""
    return _present(
        {
            "StackId": of.id,
            "StackName": of.name,
            "LastUpdatedTimestamp": it.timestamp or of.created,
            **_resource(it),
        }
    )


def resource_summary(it: Resource, of: Stack) -> dict[str, Any]:
    """As ListStackResources tells it."""
    return _present({"LastUpdatedTimestamp": it.timestamp or of.created, **_resource(it)})


def _resource(it: Resource) -> dict[str, Any]:
    return {
        "LogicalResourceId": it.logical_id,
        "PhysicalResourceId": it.physical_id or None,
        "ResourceType": it.type,
        "ResourceStatus": it.status,
        "ResourceStatusReason": it.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def change_set(it: ChangeSet, of: Stack) -> dict[str, Any]:
    return _present(
        {
            "ChangeSetName": it.name,
            "ChangeSetId": it.id,
            "StackId": of.id,
            "StackName": of.name,
            "Description": it.description,
            "Parameters": it.parameters.shown(),
            "CreationTime": it.created,
            "ExecutionStatus": execution_status(it, of),
            "Status": it.status,
            "StatusReason": it.reason,
            "NotificationARNs": it.notification_arns,
            "RollbackConfiguration": {"RollbackTriggers": []},
            "Capabilities": it.capabilities,
            "Tags": _tags(it.tags),
            "IncludeNestedStacks": it.include_nested,
            "OnStackFailure": it.on_stack_failure,
        }
    )


def change_set_summary(it: ChangeSet, of: Stack) -> dict[str, Any]:
    return _present(
        {
            "StackId": of.id,
            "StackName": of.name,
            "ChangeSetId": it.id,
            "ChangeSetName": it.name,
            "ExecutionStatus": execution_status(it, of),
            "Status": it.status,
            "StatusReason": it.reason,
            "CreationTime": it.created,
            "Description": it.description,
            "IncludeNestedStacks": it.include_nested,
        }
    )


def execution_status(it: ChangeSet, of: Stack) -> str:
    """Being executed lasts as long as the stack is at work, and ends as it does."""
    if it.execution_status != "EXECUTE_IN_PROGRESS" or of.is_busy:
        return it.execution_status
    succeeded = of.status in ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE")
    return "EXECUTE_COMPLETE" if succeeded else "EXECUTE_FAILED"


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}
