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
        return [{**one["values"], "address": one["address"]} for one in self.resources if one["type"] == kind]

    def one(self, kind: str) -> dict[str, Any]:
        (found,) = self.all(kind)
        return found

    def unknown(self, address: str) -> dict[str, Any]:
        """What AWS decides about a resource: known after it is made."""
        (found,) = [one for one in self.document["resource_changes"] if one["address"] == address]
        return found["change"]["after_unknown"]

    def documents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every policy whose text is known before anything is made, with its resource's address."""
        for one in self.resources:
            for name in ("policy", "assume_role_policy"):
                text = one["values"].get(name)
                if text and "Statement" in text:
                    yield one["address"], json.loads(text)

    def role(self, task: str) -> Policy:
        """What a role may do, as far as it is known before keys and secrets have their names."""
        name = f"keystone-{self.environment}-{task}"
        (made,) = [one for one in self.all("aws_iam_role") if one["name"] == name]
        group = "other" if task in ("webserver", "execution", "ingest", "analyst") else "runner"
        mine = [
            one["policy"]
            for one in self.all("aws_iam_role_policy")
            if one.get("policy")
            and (
                f'["{task}"]' in one["address"]
                or f'["{task}/' in one["address"]
                or (group == "runner" and task == "runner" and ".runner[" in one["address"])
            )
        ]
        assert mine, f"{made['address']} has no policy"
        boundary = json.loads(self.one("aws_iam_policy")["policy"])["Statement"]
        return Policy([s for text in mine for s in json.loads(text)["Statement"]], None if "ci-" in task else boundary)


def lake(environment: str) -> str:
    return "olist-data-lake-111122223333" if environment == "prod" else f"olist-data-lake-{environment}-111122223333"


def other(environment: str) -> str:
    return "prod" if environment == "staging" else "staging"
