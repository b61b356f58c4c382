"""AWS::WAFv2::IPSet and AWS::WAFv2::WebACL."""

from __future__ import annotations

from typing import Any

from . import tags
from .handler import Handler
from .request import Request
from .shape import shaped


class _Scoped(Handler):
    """Its id is `name|id|scope`, by which all three are known to who deletes it."""

    noun = ""

    def create(self, request: Request) -> None:
        waf = request.client("wafv2")
        name = request.properties.get("Name") or request.generated_name(128)
        operation = f"create_{self.noun}"
        arguments = shaped(request, waf, operation, _own(request.properties) | {"Name": name})
        if request.tags:
            arguments["Tags"] = tags.pairs(request.tags)
        made = getattr(waf, operation)(**arguments)["Summary"]
        request.identified("|".join((made["Name"], made["Id"], arguments["Scope"])))

    def _key(self, request: Request) -> dict[str, str]:
        name, identity, scope = request.physical_id.split("|")
        return {"Name": name, "Id": identity, "Scope": scope}

    def _get(self, request: Request) -> dict[str, Any]:
        found: dict[str, Any] = getattr(request.client("wafv2"), f"get_{self.noun}")(**self._key(request))
        return found

    def update(self, request: Request) -> None:
        waf, operation = request.client("wafv2"), f"update_{self.noun}"
        found = self._get(request)
        fixed = ("Name", "Scope", "IPAddressVersion")
        changing = {key: value for key, value in _own(request.properties).items() if key not in fixed}
        arguments = shaped(request, waf, operation, changing)
        getattr(waf, operation)(**self._key(request), **arguments, LockToken=found["LockToken"])
        arn = self.attribute(request, "Arn")
        put, gone = tags.difference(request)
        if put:
            waf.tag_resource(ResourceARN=arn, Tags=tags.pairs(put))
        if gone:
            waf.untag_resource(ResourceARN=arn, TagKeys=gone)

    def delete(self, request: Request) -> None:
        token = self._get(request)["LockToken"]
        getattr(request.client("wafv2"), f"delete_{self.noun}")(**self._key(request), LockToken=token)

    def attribute(self, request: Request, name: str) -> Any:
        found = next(value for value in self._get(request).values() if isinstance(value, dict) and "ARN" in value)
        return {"Arn": found["ARN"], **found}[name]

    def is_gone(self, error: Any) -> bool:
        return bool(error.response["Error"].get("Code") == "WAFNonexistentItemException")


class IPSet(_Scoped):
    noun = "ip_set"


class WebACL(_Scoped):
    noun = "web_acl"


def _own(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "Tags"}
