"""ModifyInstanceMetadataOptions changes what it is told and nothing else; moto forgets the rest."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses import EC2Response

from .errors import error

_ATTRIBUTES = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}

_ALLOWED = {
    "HttpTokens": ("optional", "required"),
    "HttpEndpoint": ("enabled", "disabled"),
    "HttpProtocolIpv6": ("enabled", "disabled"),
    "InstanceMetadataTags": ("enabled", "disabled"),
}


def install() -> None:
    EC2Response.modify_instance_metadata_options = modify_instance_metadata_options


def modify_instance_metadata_options(self: EC2Response) -> ActionResult:
    parameters = self._get_params()
    instance = self.ec2_backend.get_instance(parameters["InstanceId"])
    given: dict[str, Any] = {name: parameters[name] for name in _ATTRIBUTES if parameters.get(name) is not None}
    for name, allowed in _ALLOWED.items():
        if name in given and given[name] not in allowed:
            raise error("InvalidParameterValue", f"Value ({given[name]}) for parameter {name} is invalid.")
    hops = given.get("HttpPutResponseHopLimit")
    if hops is not None and not 1 <= int(hops) <= 64:
        raise error("InvalidParameterValue", f"Value ({hops}) for parameter HttpPutResponseHopLimit is invalid.")
    self.error_on_dryrun()
    options = instance.metadata_options
    for name, value in given.items():
        setattr(options, _ATTRIBUTES[name], int(value) if name == "HttpPutResponseHopLimit" else value)
    return ActionResult({"InstanceId": instance.id, "InstanceMetadataOptions": options})
