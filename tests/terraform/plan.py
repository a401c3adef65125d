"""A plan, asked for its resources and its policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scripts.terraform_inventory import resources
from tests.terraform.iam import Policy


@dataclass
class Plan:
    name: str
    document: dict[str, Any]

    @property
    def environment(self) -> str:
        return self.name.partition("-")[0]

    @property
    def switch(self) -> str:
        return self.name.partition("-")[2]

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        return list(resources(self.document["planned_values"]["root_module"]))

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The values of all resources of a type, with their address."""
        return [{**one.get("values", {}), "address": one["address"]} for one in self.resources if one["type"] == kind]

    def one(self, kind: str) -> dict[str, Any]:
        (found,) = self.all(kind)
        return found

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every policy whose text is known before anything is made, with its resource's address."""
        for one in self.resources:
            for name in ("policy", "assume_role_policy"):
                text = one.get("values", {}).get(name)
                if text and "Statement" in text:
                    yield one["address"], json.loads(text)

    def role(self, task: str) -> Policy:
        """What a role may do, as far as it is known before keys and secrets have their names."""
        policies = [*self.all("aws_iam_role_policy"), *self.all("aws_iam_policy")]
        mine = [one["policy"] for one in policies if one.get("policy") and holder(one["address"]) == task]
        assert mine, f"{task} has no policy in {self.name}"
        return Policy(
            [s for text in mine for s in json.loads(text)["Statement"]], self.boundary if bound(task) else None
        )

    @cached_property
    def boundary(self) -> list[dict[str, Any]]:
        (found,) = [one for one in self.all("aws_iam_policy") if holder(one["address"]) is None]
        return json.loads(found["policy"])["Statement"]


def holder(address: str) -> str | None:
    """The task whose policy stands at an address; None for the boundary, which is everybody's."""
    if ".runner[" in address:
        return "runner"
    return address.split('"')[1].partition("/")[0] if '"' in address else None


def bound(task: str) -> bool:
    """The roles of CI are an administrator's own; all others have the boundary."""
    return not task.startswith("ci-")


def lake(environment: str) -> str:
    return "olist-data-lake-111122223333" if environment == "prod" else f"olist-data-lake-{environment}-111122223333"


def other(environment: str) -> str:
    return "prod" if environment == "staging" else "staging"
