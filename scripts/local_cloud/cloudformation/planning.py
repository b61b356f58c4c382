"""From a request to a plan: parameters, pseudo parameters, checks."""

from __future__ import annotations

from . import references
from .clients import Caller
from .intrinsics import Evaluator
from .parameters import Parameters
from .plan import Plan
from .store import Store
from .template import Template


def plan_for(
    store: Store,
    caller: Caller,
    *,
    stack_id: str,
    stack_name: str,
    template: Template,
    parameters: Parameters,
    tags: dict[str, str],
    notification_arns: list[str],
) -> Plan:
    """The plan, with every reference, condition and the order of resources checked."""
    references.check(template)
    pseudo = {
        "AWS::AccountId": caller.account,
        "AWS::NotificationARNs": list(notification_arns),
        "AWS::Partition": "aws",
        "AWS::Region": caller.region,
        "AWS::StackId": stack_id,
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
    }
    imports: set[str] = set()

    def import_value(name: str) -> str:
        imports.add(name)
        return store.import_value(name)

    evaluator = Evaluator(
        values={**parameters.values, **pseudo},
        mappings=template.mappings,
        conditions=template.conditions,
        region=caller.region,
        imports=import_value,
    )
    plan = Plan(template=template, parameters=parameters, tags=tags, evaluator=evaluator, imports=imports)
    _ = plan.before, plan.open_outputs
    return plan
