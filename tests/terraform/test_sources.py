"""What is demanded of the Terraform code as text: nothing of it needs Terraform."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TERRAFORM = Path(__file__).parents[2] / "terraform"
ROOTS = [TERRAFORM / "environments" / "staging", TERRAFORM / "environments" / "prod"]
BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}', re.M | re.S)


def blocks(kind: str) -> list[tuple[str, str]]:
    found = [
        (f"{path.relative_to(TERRAFORM)}: {name}", body)
        for path in sorted(TERRAFORM.rglob("*.tf"))
        if ".terraform" not in path.parts
        for what, name, body in BLOCK.findall(path.read_text("utf-8"))
        if what == kind
    ]
    assert len(found) > 20
    return found


def test_every_variable_is_typed_described_and_checked() -> None:
    for name, body in blocks("variable"):
        assert re.search(r"^  type +=", body, re.M), f"{name} has no type"
        assert re.search(r'^  description +=? *"[A-Z].*"', body, re.M), f"{name} has no description"
        # A boolean's type says all; an absent value is said by null, and then checked.
        checked = "validation {" in body or re.search(r"^  type += bool", body, re.M)
        assert checked, f"{name} takes any value"
        assert "nullable" in body or re.search(r"default += null", body), f"{name} may be null without saying so"


def test_every_output_is_described() -> None:
    for name, body in blocks("output"):
        assert re.search(r'^  description = "[A-Z].*"', body, re.M), f"{name} has no description"


@pytest.mark.parametrize("name", ["variables.tf", "providers.tf", "outputs.tf"])
def test_environments_differ_in_values_only(name: str) -> None:
    one, two = ((root / name).read_text("utf-8") for root in ROOTS)
    assert one == two, f"{name} differs between staging and prod: values that differ belong into main.tf"


def test_environments_pass_on_every_variable() -> None:
    for root in ROOTS:
        main = (root / "main.tf").read_text("utf-8")
        chosen = {name for _, name, _ in BLOCK.findall((root / "variables.tf").read_text("utf-8"))}
        passed = set(re.findall(r"= var\.(\w+)$", main, re.M))
        assert passed == chosen - {"offline", "endpoint"}


def test_each_state_lies_in_its_own_place_and_is_locked() -> None:
    for root in ROOTS:
        backend = (root / "backend.tf").read_text("utf-8")
        assert f'"keystone/{root.name}/terraform.tfstate"' in backend
        assert re.search(r"use_lockfile += true", backend)
        assert re.search(r"encrypt += true", backend)


def test_every_skipped_check_has_its_reason() -> None:
    skips = [
        (path, line.strip())
        for path in TERRAFORM.rglob("*.tf")
        for line in path.read_text("utf-8").splitlines()
        if "checkov:skip" in line
    ]
    assert skips
    for path, line in skips:
        assert re.match(r"#checkov:skip=CKV2?_AWS_\d+:\w.{15,}", line), f"{path}: {line}"
