"""Work groups: where results go, whether the client may say otherwise, how many bytes a query may read."""

from __future__ import annotations

import copy
from typing import Any

from tests.athena.double.errors import Invalid


class WorkGroups:
    """All work groups by name; `primary` is there, as in every account."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, Any]] = {}
        self.create({"Name": "primary"})

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["Name"]
        if name in self._groups:
            raise Invalid("WorkGroup is already created")
        configuration = {"EnforceWorkGroupConfiguration": True, **request.get("Configuration", {})}
        if "ResultConfiguration" not in configuration and name == "primary":
            configuration["EnforceWorkGroupConfiguration"] = False
        self._groups[name] = {
            "Name": name, "State": "ENABLED", "Description": request.get("Description", ""),
            "Configuration": configuration,
        }  # fmt: skip
        return {}

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        group = self.named(request["WorkGroup"])
        changed = {**group["Configuration"]}
        for key, value in request.get("ConfigurationUpdates", {}).items():
            match key:
                case "RemoveBytesScannedCutoffPerQuery":
                    changed.pop("BytesScannedCutoffPerQuery", None)
                case "ResultConfigurationUpdates":
                    changed["ResultConfiguration"] = {**changed.get("ResultConfiguration", {}), **value}
                case _:
                    changed[key] = value
        group["Configuration"] = changed
        group["State"] = request.get("State", group["State"])
        return {}

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        self.named(request["WorkGroup"])
        del self._groups[request["WorkGroup"]]
        return {}

    def get(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"WorkGroup": copy.deepcopy(self.named(request["WorkGroup"]))}

    def list(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"WorkGroups": [{k: g[k] for k in ("Name", "State", "Description")} for g in self._groups.values()]}

    def named(self, name: str) -> dict[str, Any]:
        if name not in self._groups:
            raise Invalid(f"WorkGroup {name} is not found.")
        return self._groups[name]


def enforced(group: dict[str, Any]) -> bool:
    return bool(group["Configuration"]["EnforceWorkGroupConfiguration"])


def output_location(group: dict[str, Any], asked: str | None) -> str:
    """Where results go: the group's place where it enforces one, else the client's, else the group's."""
    own = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation")
    location = own if enforced(group) and own else asked or own
    if not location:
        raise Invalid("No output location provided. You did not provide an output location for your query results.")
    return location.rstrip("/") + "/"
