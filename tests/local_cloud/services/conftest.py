"""The fixtures of these tests; what they speak with is in services.py."""

from services import cloud, running_cloud

__all__ = ["cloud", "running_cloud"]
