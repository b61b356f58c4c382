"""The errors of the CloudFormation API, in its own words.

The wording matters: tools decide by it ("No updates are to be performed."),
because the service answers most failures with the one code ValidationError.
"""

from moto.cloudformation.exceptions import CloudFormationError


def validation(message: str) -> CloudFormationError:
    return CloudFormationError("ValidationError", message)


def template_format(message: str) -> CloudFormationError:
    return validation(f"Template format error: {message}")


def stack_id_missing(name: str) -> CloudFormationError:
    """What the Describe, List and Get operations say of an unknown stack."""
    return validation(f"Stack with id {name} does not exist")


def stack_missing(name: str) -> CloudFormationError:
    """What the operations that change a stack, and its events, say of an unknown one."""
    return validation(f"Stack [{name}] does not exist")


def wrong_state(stack_id: str, status: str, verb: str = "updated") -> CloudFormationError:
    return validation(f"Stack:{stack_id} is in {status} state and can not be {verb}.")


def already_exists(message: str) -> CloudFormationError:
    return CloudFormationError("AlreadyExistsException", message)


def insufficient_capabilities(capability: str) -> CloudFormationError:
    return CloudFormationError("InsufficientCapabilitiesException", f"Requires capabilities : [{capability}]")


def change_set_missing(name: str) -> CloudFormationError:
    return CloudFormationError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")


def change_set_status(message: str) -> CloudFormationError:
    return CloudFormationError("InvalidChangeSetStatus", message)
