"""The fixtures of these tests; what they speak with is in stacks.py."""

from stacks import cloud, running_cloud, unhurried

__all__ = ["cloud", "running_cloud", "unhurried"]
