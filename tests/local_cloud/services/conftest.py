"""The fixtures of these tests; what they speak with is in services.py and groups.py."""

from groups import group
from services import cloud, running_cloud

__all__ = ["cloud", "group", "running_cloud"]
