"""What every operation on a stack shares: bringing one resource to a state."""

from __future__ import annotations

import secrets
import string
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from . import registry
from .clients import Caller
from .parameters import missing_values
from .plan import Plan
from .resources import handler_for
from .resources.handler import Handler
from .resources.request import Cancelled, Request, ResourceFailure, refused
from .stack import Resource, Stack
from .store import Store, pace
from .walk import reverse, walk

# The suffix of generated names: 12 characters, as the service makes them.
_SUFFIX = string.ascii_letters + string.digits


class StackFailure(Exception):
    """The operation fails as a whole; its text is the reason in the stack's event."""


class Interrupted(Exception):
    """Another operation took over, or the cloud was reset: leave everything as it is."""


@dataclass
class TimeLimit:
    passed: bool = False


class Operation:
    def __init__(self, store: Store, stack: Stack, caller: Caller) -> None:
        self.store = store
        self.stack = stack
        self.caller = caller
        self._interrupted = threading.Event()
        self._cancelled = threading.Event()
        self._previous: Operation | None = stack.operation
        self._thread = threading.Thread(target=self._main, daemon=True, name=f"stack {stack.name}")

    def start(self) -> None:
        self.stack.operation = self
        self._thread.start()

    def stop(self) -> None:
        self._interrupted.set()
        self._cancelled.set()

    def _main(self) -> None:
        previous, self._previous = self._previous, None
        if previous is not None:
            previous._thread.join()
        try:
            self.pause()
            self.run()
        except Interrupted:
            pass
        except Exception as error:
            # A defect of this cloud must not leave a stack in progress for ever.
            traceback.print_exc()
            self.stack.enter(self.failed_status, f"Internal Failure: {error}")

    failed_status = "CREATE_FAILED"

    def run(self) -> None:
        raise NotImplementedError

    def pause(self) -> None:
        self._interrupted.wait(pace())
        self.check_interrupted()

    def check_interrupted(self) -> None:
        if self._interrupted.is_set():
            raise Interrupted

    @contextmanager
    def time_limit(self, minutes: int | None) -> Iterator[TimeLimit]:
        """What is under way is cancelled once the time is over."""
        limit = TimeLimit()

        def over() -> None:
            limit.passed = True
            self._cancelled.set()

        timer = threading.Timer((minutes or 0) * 60, over)
        if minutes:
            timer.start()
        try:
            yield limit
        finally:
            timer.cancel()

    # Walking

    def forward(self, plan: Plan, action: Callable[[str], bool]) -> list[str]:
        """Bring every resource of the plan up, giving up at the first failure."""
        self._cancelled.clear()
        self.check_interrupted()
        failed = walk(plan.definitions, plan.before, action, self._cancelled.set)
        self.check_interrupted()
        return failed

    def delete_all(
        self, resources: list[Resource], before: dict[str, set[str]], *, retain: Callable[[Resource], bool]
    ) -> list[str]:
        """Delete resources, dependents first; what is retained is told as skipped."""
        self._cancelled.clear()
        self.check_interrupted()
        by_name = {resource.logical_id: resource for resource in resources}

        def act(name: str) -> bool:
            resource = by_name[name]
            if resource.physical_id and retain(resource):
                self.stack.mark(resource, "DELETE_SKIPPED")
                return True
            return self.delete(resource)

        failed = walk(by_name, reverse(before), act)
        self.check_interrupted()
        return failed

    # One resource

    def check_parameters(self, plan: Plan) -> None:
        ec2 = self.caller.client("ec2")
        complaint = missing_values(plan.template, plan.parameters.given, ec2)
        if complaint:
            raise StackFailure(complaint)

    def request(
        self,
        resource: Resource,
        properties: dict[str, Any],
        tags: dict[str, str],
        identified: Callable[[str], None],
    ) -> Request:
        return Request(
            stack_name=self.stack.name,
            resource=resource,
            properties=properties,
            tags=tags,
            token=str(uuid.uuid4()),
            caller=self.caller,
            stopping=self._cancelled,
            identified=identified,
            name_suffix="".join(secrets.choice(_SUFFIX) for _ in range(12)),
        )

    def handler(self, resource: Resource) -> Handler:
        found = handler_for(resource.type)
        if found is None:
            raise ResourceFailure(f"Resource type {resource.type} is not supported")
        return found

    def lookup(self, logical_id: str, attribute: str | None) -> Any:
        """What a reference to a made resource answers."""
        resource = self.stack.resources[logical_id]
        handler = self.handler(resource)
        if attribute is None:
            return handler.reference(resource)
        request = self.request(resource, resource.properties, resource.tags, lambda _: None)
        try:
            return handler.attribute(request, attribute)
        except KeyError as error:
            raise ResourceFailure(f"Attribute {attribute} of resource {logical_id} does not exist") from error

    def evaluated(self, plan: Plan, name: str) -> tuple[dict[str, Any], dict[str, str]]:
        """A resource's properties and tags, complete."""
        evaluator = plan.evaluator.with_lookup(self.lookup)
        properties = evaluator.evaluate(plan.definitions[name]["Properties"])
        return properties, plan.resource_tags(self.stack.id, self.stack.name, name, properties)

    def create(self, plan: Plan, name: str, replaced: Resource | None = None) -> bool:
        """Make one resource, in the place of another if an update asks for a new one."""
        definition = plan.definitions[name]
        resource = Resource(name, definition["Type"], definition)
        verb, work = ("UPDATE", "update") if replaced else ("CREATE", "creation")
        if replaced is None:
            with self.stack.lock:
                self.stack.resources[name] = resource

        def identified(physical_id: str) -> None:
            resource.physical_id = physical_id
            self.stack.mark(resource, f"{verb}_IN_PROGRESS", f"Resource {work} Initiated")

        def make() -> None:
            properties, tags = self.evaluated(plan, name)
            check_properties(name, resource.type, properties)
            # Shown in the events from the first on, so set before the work begins.
            resource.properties, resource.tags = properties, tags
            if replaced is None:
                self.stack.mark(resource, "CREATE_IN_PROGRESS")
            else:
                self.stack.mark(replaced, "UPDATE_IN_PROGRESS", _REPLACED)
            request = self.request(resource, properties, tags, identified)
            try:
                self.handler(resource).create(request)
            except Exception as error:
                raise ResourceFailure(reason_of(error, request.token, True)) from error

        succeeded = self._attempt(resource, verb, make)
        if replaced is not None:
            with self.stack.lock:
                self.stack.resources[name] = resource
        return succeeded

    def _attempt(self, resource: Resource, verb: str, work: Callable[[], None]) -> bool:
        if self._cancelled.is_set():
            return False
        try:
            work()
        except Exception as error:
            if self._interrupted.is_set():
                return False
            self.stack.mark(resource, f"{verb}_FAILED", _reason(error, verb))
            return False
        self.stack.mark(resource, f"{verb}_COMPLETE")
        return True

    def update(self, resource: Resource, properties: dict[str, Any], tags: dict[str, str]) -> bool:
        """Change one resource in place."""

        def change() -> None:
            check_properties(resource.logical_id, resource.type, properties)
            self.stack.mark(resource, "UPDATE_IN_PROGRESS")

            def identified(physical_id: str) -> None:
                resource.physical_id = physical_id

            request = self.request(resource, properties, tags, identified)
            try:
                self.handler(resource).update(request)
            except Exception as error:
                raise ResourceFailure(reason_of(error, request.token, False)) from error
            resource.properties, resource.tags = properties, tags

        return self._attempt(resource, "UPDATE", change)

    def delete(self, resource: Resource) -> bool:
        if not resource.physical_id:
            self.stack.mark(resource, "DELETE_COMPLETE")
            return True

        def remove() -> None:
            self.stack.mark(resource, "DELETE_IN_PROGRESS")
            handler = self.handler(resource)
            request = self.request(resource, resource.properties, resource.tags, lambda _: None)
            try:
                handler.delete(request)
            except ClientError as error:
                if not handler.is_gone(error):
                    raise ResourceFailure(reason_of(error, request.token, False)) from error
            except Exception as error:
                raise ResourceFailure(reason_of(error, request.token, False)) from error

        return self._attempt(resource, "DELETE", remove)


_REPLACED = "Requested update requires the creation of a new physical resource; hence creating one."


def reason_of(error: Exception, token: str, creating: bool) -> str:
    if isinstance(error, Cancelled):
        raise error
    if isinstance(error, ServiceException):
        return str(error.message)
    if not isinstance(error, ClientError | ResourceFailure):
        # Not an answer of an API: a defect, whose place the log has to show.
        traceback.print_exception(error)
    return refused(error, token, creating)


def _reason(error: Exception, verb: str) -> str:
    if isinstance(error, Cancelled):
        word = {"CREATE": "creation", "UPDATE": "update", "DELETE": "deletion"}[verb]
        return f"Resource {word} cancelled"
    if isinstance(error, ServiceException):
        return str(error.message)
    return str(error) or type(error).__name__


def check_properties(name: str, kind: str, properties: dict[str, Any]) -> None:
    """The schema's required and known properties, as the service words a violation."""
    problems = [
        f"#: required key [{required}] not found"
        for required in registry.required_properties(kind)
        if required not in properties
    ]
    problems += [
        f"#: extraneous key [{given}] is not permitted"
        for given in properties
        if not registry.has_property(kind, given)
    ]
    if problems:
        listed = "\n".join(problems)
        raise ResourceFailure(f"Properties validation failed for resource {name} with message:\n[{listed}]")
