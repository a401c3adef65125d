"""Which resources there are: from the committed summary of a Terraform plan, or from a plan itself.

A summary is `{"resources": [{"type", "module", "count", "attributes"}, ...]}`, one file for each switch beside the
environment's Terraform; a plan is what `terraform show -json PLAN` prints.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from keystone_nexus.cost.plan import summary
from keystone_nexus.lake.errors import Refused

TERRAFORM = Path(__file__).parents[2] / "terraform" / "environments"
SWITCHES = ("default", "fargate", "streaming", "private")
HOW = "it is written from a Terraform plan, see terraform/; or name a plan with --plan"


@dataclass(frozen=True, slots=True)
class Resource:
    """Resources of one type and size in one module."""

    type: str
    module: str
    count: int = 1
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    name: str = ""


def inventory_file(environment: str, switch: str = "default") -> Path:
    """The committed summary of an environment's plan with one switch on."""
    if switch not in SWITCHES:
        raise Refused(f"unknown switch {switch!r}: use one of {', '.join(SWITCHES)}")
    return TERRAFORM / environment / "inventory" / f"{switch}.json"


def planned(environment: str, switch: str = "default") -> list[Resource]:
    """What an environment's plan with one switch on leaves standing, and what all environments share."""
    found = read_inventory(inventory_file(environment, switch))
    shared = TERRAFORM.parent / "bootstrap" / "inventory.json"
    if shared.exists():
        found += [replace(one, module="bootstrap") for one in read_inventory(shared)]
    return found


def read_inventory(path: Path) -> list[Resource]:
    """The resources of a summary or of a plan. Raises Refused where the file is neither."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Refused(f"the inventory {path} cannot be read ({error.strerror}): {HOW}") from error
    except ValueError as error:
        raise Refused(f"the inventory {path} is no JSON ({error}): {HOW}") from error
    if isinstance(found, dict) and "planned_values" in found:
        lines = summary(found)
    elif isinstance(found, dict) and isinstance(found.get("resources"), list):
        lines = found["resources"]
    else:
        raise Refused(f"{path} has neither `resources` nor `planned_values`: {HOW}")
    if not lines:
        raise Refused(f"{path} has no resource: a plan of nothing costs nothing and says nothing; {HOW}")
    return [_resource(path, number, one) for number, one in enumerate(lines, 1)]


def _resource(path: Path, number: int, one: Any) -> Resource:
    try:
        return Resource(
            one["type"], one.get("module") or "root", int(one.get("count", 1)), one.get("attributes") or {},
            one.get("name") or "",
        )  # fmt: skip
    except (TypeError, KeyError, ValueError) as error:
        raise Refused(f"{path}: resource {number} needs a type, a module and a count ({error!r})") from error
