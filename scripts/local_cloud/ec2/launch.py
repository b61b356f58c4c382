"""RunInstances: what EC2 checks, and a machine for each instance, whoever asks (API, CloudFormation, Auto Scaling)."""

from __future__ import annotations

import base64
import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidInstanceTypeError
from moto.ec2.models import EC2Backend
from moto.ec2.models.amis import Ami
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Instance, Reservation
from moto.ec2.responses import EC2Response

from .. import running
from ..machines import user_data
from ..machines.addresses import NoAddressLeft
from ..machines.machine import Machine
from ..machines.network import Place
from ..machines.seed import Seed
from ..vpc import addresses, convergence, plan
from . import block_devices, instances, launch_parameters, metadata, profiles
from .errors import error

_run_backend = EC2Backend.run_instances
_run_response = EC2Response.run_instances


def install() -> None:
    EC2Backend.run_instances = run_instances
    EC2Response.run_instances = answer_run_instances


def answer_run_instances(self: EC2Response) -> ActionResult:
    """The same client token gives the same instances; moto knows neither tokens nor MaxCount."""
    parameters = self._get_params()
    token = parameters.get("ClientToken")
    known = self.ec2_backend.__dict__.setdefault("ail_client_tokens", {})
    asked = json.dumps(parameters, sort_keys=True, default=str)
    if token in known:
        reservation, first_asked = known[token]
        if asked != first_asked:
            raise error("IdempotentParameterMismatch", "The client token has been used with different parameters.")
        return ActionResult(reservation)
    wanted = launch_parameters.merged(self.ec2_backend, parameters)
    # moto gives the profile to the first instance only.
    asked_profile = wanted.pop("IamInstanceProfile", None) or {}
    profile = None
    if asked_profile:
        profile = profiles.usable(self.ec2_backend, asked_profile.get("Name"), asked_profile.get("Arn"))
    self.params.pop("IamInstanceProfile", None)
    self.params.update(wanted)
    # moto launches MinCount; without a shortage of capacity EC2 launches MaxCount.
    self.params["MinCount"] = int(parameters.get("MaxCount") or parameters.get("MinCount") or 1)
    # Without a token moto records a made-up one.
    self.params.setdefault("ClientToken", "")
    result = _run_response(self)
    for instance in result.result.instances:
        if profile is not None:
            profiles.associate(self.ec2_backend, instance, profile)
        for specification in wanted.get("TagSpecifications") or []:
            if specification["ResourceType"] == "network-interface":
                for interface in instance.nics.values():
                    interface.add_tags({tag["Key"]: tag["Value"] for tag in specification["Tags"]})
    if token:
        known[token] = (result.result, asked)
    return result


def run_instances(
    self: EC2Backend, image_id: str, count: int, user_data: Any, security_group_names: list[str], **kwargs: Any
) -> Reservation:
    with running.api_lock:
        template = kwargs.get("launch_template")
        data = self._get_template_from_args(template).data if template else {}
        image = usable_image(self, image_id or data.get("ImageId"))
        mappings = kwargs.get("block_device_mappings") or data.get("BlockDeviceMappings") or []
        if not mappings and kwargs.get("launch_config"):
            mappings = kwargs["launch_config"].block_device_mapping_dict or []
        kwargs["block_device_mappings"] = block_devices.for_launch(image, mappings)
        # Left open, it is the subnet that decides.
        kwargs.setdefault("associate_public_ip", None)
        kwargs.setdefault("region_name", self.region_name)
        kwargs.setdefault("is_instance_type_default", not kwargs.get("instance_type"))
        options = kwargs.get("metadata_options") or data.get("MetadataOptions") or {}
        # Debian's images ask for IMDSv2, and an instance takes that over unless it says otherwise.
        kwargs["metadata_options"] = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, **options}
        if not kwargs.get("subnet_id") and not kwargs.get("nics") and not data.get("NetworkInterfaces"):
            kwargs["subnet_id"] = default_subnet(self, kwargs.get("placement"))
        own_interfaces = [nic for nic in kwargs.get("nics") or [] if nic.get("NetworkInterfaceId")]
        try:
            reservation = _run_backend(self, image.id, count, user_data, security_group_names, **kwargs)
        except Exception as refusal:
            # moto keeps the reservation of a launch that it refuses.
            for empty in [found.id for found in self.reservations.values() if not found.instances]:
                del self.reservations[empty]
            if isinstance(refusal, InvalidInstanceTypeError):
                raise no_such_type(kwargs["instance_type"]) from refusal
            raise
        for instance in reservation.instances:
            if not own_interfaces:
                # An interface that the launch made ends with the instance (EC2 API Reference, RunInstances).
                for interface in instance.nics.values():
                    interface.delete_on_termination = True
        try:
            for instance in reservation.instances:
                _start_machine(instance, image)
        except NoAddressLeft as reason:
            _undo(reservation)
            raise error("InsufficientInstanceCapacity", str(reason)) from reason
        return reservation


def no_such_type(name: str) -> EC2ClientError:
    """Of types that were never made, and of those that a region has not, such as m1.small in the younger ones."""
    if name in INSTANCE_TYPES:
        return error(
            "Unsupported",
            "The requested configuration is currently not supported. Please check the documentation for supported"
            " configurations.",
        )
    return error("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")


def _undo(reservation: Reservation) -> None:
    """A launch that cannot have all of its instances has none (EC2 API Reference, RunInstances, MinCount)."""
    for instance in reservation.instances:
        if instances.machine_of(instance) is None:
            running.cloud().layers.release(instance.id)
        instances.terminate(instance)


def usable_image(backend: EC2Backend, image_id: str | None) -> Ami:
    if not image_id:
        raise error("MissingParameter", "The request must contain the parameter ImageId")
    if not image_id.startswith("ami-"):
        raise error("InvalidAMIID.Malformed", f'Invalid id: "{image_id}" (expecting "ami-...")')
    image = backend.amis.get(image_id)
    if image is None:
        raise error("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
    if image.state != "available" or not running.cloud().layers.holds(image_id):
        raise error("InvalidAMIID.Unavailable", f"The image ID '{image_id}' is not available ({image.state})")
    return image


def default_subnet(backend: EC2Backend, zone: str | None) -> str | None:
    """moto takes a launch without a subnet for EC2-Classic and invents an address outside of every VPC."""
    subnets = backend.get_default_subnets()
    chosen = subnets.get(zone or f"{backend.region_name}a") or next(iter(subnets.values()), None)
    return chosen.id if chosen else None


def _start_machine(instance: Instance, image: Ami) -> None:
    cloud = running.cloud()
    interface = instance.nics[0]
    addresses.give(interface)
    cloud.layers.hold(instance.id, cloud.layers.stack_of(image.id))
    key = instance.ec2_backend.key_pairs.get(instance.key_name)
    seed = Seed(
        instance_id=instance.id,
        hostname=instance.private_dns_name.split(".")[0],
        authorized_keys=(key.public_key.strip(),) if key else (),
        user_data_script=user_data.script(decoded_user_data(instance)),
        endpoint=plan.ENDPOINT,
        region=instance.ec2_backend.region_name,
    )
    place = Place(
        convergence.router_of(instance.ec2_backend, interface.subnet.vpc_id),
        str(interface.private_ip_address),
        interface.subnet.cidr_block,
        interface.mac_address,
    )
    machine = Machine(
        seed,
        place,
        cloud.settings,
        cloud.layers,
        metadata.Tree(instance).lookup,
        lambda: instances.powered_off(instance),
    )
    cloud.machines[instance.id] = machine
    instances.set_state(instance, instances.PENDING)
    instances.boot(instance, machine)


def decoded_user_data(instance: Instance) -> bytes:
    if instance.user_data is None:
        return b""
    return base64.b64decode(str(instance.user_data))
