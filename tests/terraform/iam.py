"""Decides as IAM does, over the part of its language that our policies use: deny wins, and a boundary limits."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Statement = dict[str, Any]


@dataclass(frozen=True)
class Policy:
    statements: list[Statement]
    boundary: list[Statement] | None = None

    def allows(self, action: str, resource: str, **context: str) -> bool:
        """Whether a call is let through. `context` names condition keys with `__` for `:`, as aws__SourceAccount."""
        keys = {name.replace("__", ":"): value for name, value in context.items()}
        return all(
            _decided(statements, action, resource, keys)
            for statements in (self.statements, self.boundary)
            if statements is not None
        )


def _decided(statements: list[Statement], action: str, resource: str, keys: dict[str, str]) -> bool:
    met = [one["Effect"] for one in statements if _meets(one, action, resource, keys)]
    return "Allow" in met and "Deny" not in met


def _meets(one: Statement, action: str, resource: str, keys: dict[str, str]) -> bool:
    actions = [name.lower() for name in listed(one["Action"])]
    if not any(fnmatchcase(action.lower(), name) for name in actions):
        return False
    if "NotResource" in one:
        reached = not any(fnmatchcase(resource, name) for name in listed(one["NotResource"]))
    else:
        reached = any(fnmatchcase(resource, name) for name in listed(one["Resource"]))
    return reached and all(
        _holds(operator, keys.get(key), listed(values))
        for operator, wanted in one.get("Condition", {}).items()
        for key, values in wanted.items()
    )


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    if value is None:
        return False
    match operator.removeprefix("ForAnyValue:"):
        case "StringEquals" | "ArnEquals" | "Bool":
            return value in wanted
        case "StringLike" | "ArnLike":
            return any(fnmatchcase(value, one) for one in wanted)
        case unknown:
            raise AssertionError(f"a policy uses {unknown}, which these tests cannot decide: teach them")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
