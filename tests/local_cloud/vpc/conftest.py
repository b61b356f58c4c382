"""The fixtures of these tests; what they speak with is in networks.py."""

from networks import cloud, ec2, iam, network

__all__ = ["cloud", "ec2", "iam", "network"]
