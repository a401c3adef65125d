"""Every command in the README works. `make demo` and `make test` are CI's own jobs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import ROOT, keystone

LEFT_TO_CI = ("make demo", "make test", "make ui", "make athena")  # `make demo-stream`, `make test-terraform` too


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(LEFT_TO_CI)]


@pytest.mark.parametrize("command", commands())
def test_command(built_lake: Path, command: str) -> None:
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/keystone"
    done = keystone(built_lake, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_makefile_has_what_the_readme_names() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = set(re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named <= targets
