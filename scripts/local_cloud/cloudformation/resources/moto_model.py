"""Every other type that moto's own CloudFormation models can make."""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing
from moto.ec2.models.core import TaggedEC2Resource

from .handler import Handler
from .request import Request, ResourceFailure


def moto_knows(kind: str) -> bool:
    return kind in parsing.get_model_map()


class MotoModel(Handler):
    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._model: Any = parsing.get_model_map()[kind]

    def _name(self, request: Request) -> str:
        property_name = parsing.resource_name_property_from_type(self._kind)
        if property_name and property_name in request.properties:
            return str(request.properties[property_name])
        return str(parsing.generate_resource_name(self._kind, request.stack_name, request.resource.logical_id))

    def _definition(self, request: Request, properties: dict[str, Any]) -> dict[str, Any]:
        return {"Type": self._kind, "Properties": dict(properties)}

    def create(self, request: Request) -> None:
        caller = request.caller
        made = self._model.create_from_cloudformation_json(
            self._name(request),
            self._definition(request, request.properties),
            caller.account,
            caller.region,
        )
        made.type = self._kind
        made.logical_resource_id = request.resource.logical_id
        request.resource.model = made
        request.identified(str(made.physical_resource_id))
        if isinstance(made, TaggedEC2Resource):
            for key, value in request.tags.items():
                made.add_tag(key, value)

    def update(self, request: Request) -> None:
        caller = request.caller
        changed = self._model.update_from_cloudformation_json(
            original_resource=request.resource.model,
            new_resource_name=self._name(request),
            cloudformation_json=self._definition(request, request.properties),
            account_id=caller.account,
            region_name=caller.region,
        )
        if changed is not None:
            request.resource.model = changed
            request.identified(str(changed.physical_resource_id))

    def delete(self, request: Request) -> None:
        caller, model = request.caller, request.resource.model
        try:
            model.delete(caller.account, caller.region)
        except (TypeError, AttributeError):
            # Half of moto's models delete themselves, the other half by this.
            self._model.delete_from_cloudformation_json(
                request.physical_id,
                self._definition(request, request.previous),
                caller.account,
                caller.region,
            )

    def attribute(self, request: Request, name: str) -> Any:
        try:
            return request.resource.model.get_cfn_attribute(name)
        except NotImplementedError as error:
            raise ResourceFailure(f"Attribute {name} of {self._kind} cannot be read") from error
