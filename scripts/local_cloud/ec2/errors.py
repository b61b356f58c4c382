"""Errors of EC2, worded as EC2 words them (EC2 API Reference, "Error codes", and answers of the service)."""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError


def error(code: str, message: str) -> EC2ClientError:
    return EC2ClientError(code, message)


def incorrect_instance_state(instance_id: str, verb: str) -> EC2ClientError:
    return error(
        "IncorrectInstanceState",
        f"The instance '{instance_id}' is not in a state from which it can be {verb}.",
    )
