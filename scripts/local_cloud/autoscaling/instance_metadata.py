"""autoscaling/target-lifecycle-state, by which an instance learns from inside that it is to go (Auto Scaling User
Guide, "Retrieve the target lifecycle state through instance metadata")."""

from __future__ import annotations

from typing import Any

from ..ec2.metadata import Tree
from . import state

_meta_data = Tree._meta_data


def install() -> None:
    Tree._meta_data = meta_data


def meta_data(self: Tree) -> dict[str, Any]:
    tree = _meta_data(self)
    group = getattr(self._instance, "autoscaling_group", None)
    member = next((each for each in group.instance_states if each.instance is self._instance), None) if group else None
    if member is not None:
        terminating = member.lifecycle_state.startswith(state.TERMINATING)
        tree["autoscaling"] = {"target-lifecycle-state": "Terminated" if terminating else "InService"}
    return tree
