"""The cloud's minute: how long the times of CloudWatch, of Auto Scaling and of a queue's name last here.

What a job itself waits for (visibility, delays, long polls) is real time; what the services do once a minute, or after
some minutes, follows AIL_CLOUD_MINUTE, so that a test need not wait for it.
"""

from __future__ import annotations

from . import running


def scaled(seconds: float) -> float:
    """Real seconds that so many seconds of those services last."""
    return seconds * running.cloud().settings.minute / 60
