"""What a stack is: its resources, its events, its change sets."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .parameters import Parameters
from .template import Template

_TICK = timedelta(milliseconds=1)


@dataclass
class Resource:
    """A resource of a stack, in the state in which it was last brought."""

    logical_id: str
    type: str
    definition: dict[str, Any]
    physical_id: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    status: str = ""
    reason: str | None = None
    timestamp: datetime | None = None
    # The moto object, for a type that is made by moto's own CloudFormation model.
    model: Any = None

    @property
    def exists(self) -> bool:
        return bool(self.physical_id) and self.status not in ("DELETE_COMPLETE", "DELETE_SKIPPED")

    @property
    def deletion_policy(self) -> str:
        return str(self.definition.get("DeletionPolicy", "Delete"))


@dataclass
class ChangeSet:
    id: str
    name: str
    type: str
    stack_id: str
    template: Template
    parameters: Parameters
    tags: dict[str, str]
    capabilities: list[str]
    description: str | None
    client_token: str | None
    on_stack_failure: str | None
    role_arn: str | None
    notification_arns: list[str]
    include_nested: bool
    created: datetime
    status: str = "CREATE_PENDING"
    reason: str | None = None
    execution_status: str = "UNAVAILABLE"
    changes: list[dict[str, Any]] = field(default_factory=list)
    # Of an import: the primary identifier of each resource, by logical id.
    identifiers: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class Stack:
    id: str
    name: str
    created: datetime
    template: Template | None = None
    parameters: Parameters = field(default_factory=lambda: Parameters({}, {}, set()))
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    role_arn: str | None = None
    notification_arns: list[str] = field(default_factory=list)
    # What becomes of the stack when its creation fails: ROLLBACK, DELETE, DO_NOTHING.
    on_failure: str = "ROLLBACK"
    timeout_minutes: int | None = None
    termination_protection: bool = False
    policy: str | None = None
    status: str = ""
    reason: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    change_set_id: str | None = None
    # The token of the request that is being carried out, copied into its events.
    client_token: str | None = None
    create_token: str | None = None
    outputs: list[dict[str, str]] = field(default_factory=list)
    # The exports of other stacks that this one uses.
    imports: set[str] = field(default_factory=set)
    resources: dict[str, Resource] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    # What is being done to the stack, so that a delete or a reset can stop it.
    operation: Any = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def is_deleted(self) -> bool:
        return self.status == "DELETE_COMPLETE"

    @property
    def is_busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def live_resources(self) -> list[Resource]:
        with self.lock:
            return [item for item in self.resources.values() if item.exists]

    def enter(self, status: str, reason: str | None = None) -> None:
        """Take a new status, and say so in an event."""
        with self.lock:
            now = self._now()
            self.status, self.reason = status, reason
            if status == "DELETE_COMPLETE":
                self.deleted = now
            event = self._event(now, self.name, "AWS::CloudFormation::Stack", self.id)
            event |= {"EventId": str(uuid.uuid4()), "ResourceStatus": status}
            if reason:
                event["ResourceStatusReason"] = reason
            self.events.append(event)

    def mark(self, resource: Resource, status: str, reason: str | None = None) -> None:
        """Give a resource a new status, and say so in an event."""
        with self.lock:
            now = self._now()
            resource.status, resource.reason, resource.timestamp = status, reason, now
            stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            event = self._event(now, resource.logical_id, resource.type, resource.physical_id)
            event |= {
                "EventId": f"{resource.logical_id}-{status}-{stamp}",
                "ResourceStatus": status,
            }
            if resource.properties:
                event["ResourceProperties"] = json.dumps(resource.properties, default=str)
            if reason:
                event["ResourceStatusReason"] = reason
            self.events.append(event)

    def _event(self, now: datetime, logical_id: str, kind: str, physical_id: str) -> dict[str, Any]:
        event = {
            "StackId": self.id,
            "StackName": self.name,
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": physical_id,
            "ResourceType": kind,
            "Timestamp": now,
        }
        if self.client_token:
            event["ClientRequestToken"] = self.client_token
        return event

    def _now(self) -> datetime:
        """Strictly later than the last event: their order is their time."""
        now = now_in_milliseconds()
        if self.events and now <= self.events[-1]["Timestamp"]:
            now = self.events[-1]["Timestamp"] + _TICK
        return now


def now_in_milliseconds() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
