"""CloudFormation as the real service behaves, in place of moto's.

Moto's own is synchronous and always succeeds. Here a stack is worked on in the
background, resource by resource in the order of their dependencies, through the
APIs of the other services; every step is an event, a failure rolls back, and a
change set tells the difference. Stack sets stay moto's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.resource_tagging import TaggedResource
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from . import change_set_operations, stack_operations, store, template_operations
from .call import Call

_OPERATIONS: dict[str, Callable[[Call], dict[str, Any] | None]] = {
    function.__name__: function
    for function in (
        change_set_operations.create_change_set,
        change_set_operations.delete_change_set,
        change_set_operations.describe_change_set,
        change_set_operations.execute_change_set,
        change_set_operations.list_change_sets,
        stack_operations.cancel_update_stack,
        stack_operations.continue_update_rollback,
        stack_operations.create_stack,
        stack_operations.delete_stack,
        stack_operations.describe_stack_events,
        stack_operations.describe_stack_resource,
        stack_operations.describe_stack_resources,
        stack_operations.describe_stacks,
        stack_operations.get_stack_policy,
        stack_operations.list_exports,
        stack_operations.list_imports,
        stack_operations.list_stack_resources,
        stack_operations.list_stacks,
        stack_operations.set_stack_policy,
        stack_operations.update_stack,
        stack_operations.update_termination_protection,
        template_operations.get_template,
        template_operations.get_template_summary,
        template_operations.validate_template,
    )
}


def install() -> None:
    """Put these operations in the place of moto's; calling it again changes nothing."""
    if getattr(CloudFormationBackend, "_local_cloud", False):
        return
    CloudFormationBackend._local_cloud = True
    for name, operation in _OPERATIONS.items():
        setattr(CloudFormationResponse, name, _answering(operation))
    # Moto's transformers turn its own objects into lists; only stack sets still need them.
    CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER = {
        path: transform
        for path, transform in CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
        if path.startswith("DescribeStackSet")
    }
    _remember_requests()
    _close_with_reset()
    CloudFormationBackend.iter_tagged_resources = _tagged_stacks


def _answering(operation: Callable[[Call], dict[str, Any] | None]) -> Callable[[Any], Any]:
    def answer(response: Any) -> ActionResult:
        result = operation(Call.of(response))
        return EmptyResult() if result is None else ActionResult(result)

    answer.__name__ = operation.__name__
    return answer


def _remember_requests() -> None:
    """The response object keeps its request: its port is where this server listens."""
    setup = BaseResponse.setup_class

    def setup_class(self: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        self.request = request
        setup(self, request, *args, **kwargs)

    CloudFormationResponse.setup_class = setup_class


def _close_with_reset() -> None:
    """A reset of moto ends every stack's work before it takes the state away."""
    reset = CloudFormationBackend.reset

    def closing_reset(self: CloudFormationBackend) -> None:
        found = store.existing(self)
        if found is not None:
            found.close()
        reset(self)

    CloudFormationBackend.reset = closing_reset


def _tagged_stacks(self: CloudFormationBackend) -> Iterator[TaggedResource]:
    found = store.existing(self)
    for stack in found.live() if found else []:
        yield TaggedResource(arn=stack.id, tags=dict(stack.tags), resource_type="cloudformation:stack")
