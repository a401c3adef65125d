"""Whether a work group of Athena is fit to build gold."""

from __future__ import annotations

from typing import Any, Protocol

from keystone_nexus.glue.errors import classified
from keystone_nexus.lake.errors import Refused


class Athena(Protocol):
    """What is asked of boto3's Athena client."""

    def get_work_group(self, **kwargs: Any) -> Any: ...


def check_builder(athena: Athena, group: str) -> None:
    """Raises Refused where dbt's tables would not be where gold is.

    A group that enforces its output location takes every new table for a result: it would lie among the results,
    and be deleted with them.
    """
    with classified(f"look up the work group {group}"):
        found: dict[str, Any] = athena.get_work_group(WorkGroup=group)["WorkGroup"]
    if found.get("State") == "DISABLED":
        raise Refused(f"the work group {group} is disabled: enable it, or name another in KEYSTONE_ATHENA_WORKGROUP")
    configuration = found.get("Configuration", {})
    place = configuration.get("ResultConfiguration", {}).get("OutputLocation")
    if not place:
        raise Refused(f"the work group {group} has no place for results: give it an output location")
    if configuration.get("EnforceWorkGroupConfiguration", True):
        raise Refused(
            f"the work group {group} enforces its output location, so that gold's tables would be written to {place} "
            "and expire with the results: set EnforceWorkGroupConfiguration to false for the group that builds gold "
            "(its cutoff holds all the same), and leave it true for those of people"
        )
