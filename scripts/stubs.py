"""Generates the Python stubs of the protos when the package is built or installed (a hatchling build hook)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROTOS = "keystone/ingest/v1"
STUBS = "keystone_nexus/wire/stubs"


class StubsHook(BuildHookInterface):
    """Writes `keystone_nexus/wire/stubs`, which is not under version control, and adds it to the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        root = Path(self.root)
        generate(root / "protos", root / STUBS)
        build_data["artifacts"].append(f"/{STUBS}/*.py*")


def generate(protos: Path, stubs: Path) -> None:
    """Raises RuntimeError where protoc refuses a proto."""
    import grpc_tools
    from grpc_tools import protoc

    stubs.mkdir(exist_ok=True)
    sources = sorted(str(path.relative_to(protos)) for path in (protos / PROTOS).glob("*.proto"))
    wellknown = Path(grpc_tools.__file__).parent / "_proto"
    staged = stubs / "staged"
    staged.mkdir(exist_ok=True)
    out = [f"--{kind}_out={staged}" for kind in ("python", "pyi", "grpc_python")]
    if protoc.main(["protoc", f"-I{protos}", f"-I{wellknown}", *out, *sources]):
        raise RuntimeError("protoc refused the protos")
    for path in (staged / PROTOS).iterdir():
        # Ours is a package within keystone_nexus: the protos' own package would claim the name `keystone`.
        text = re.sub(r"^from keystone\.ingest\.v1 import", "from . import", path.read_text(), flags=re.MULTILINE)
        (stubs / path.name).write_text(text)
        path.unlink()
    for folder in (staged / PROTOS, *(staged / PROTOS).relative_to(staged).parents):
        (staged / folder).rmdir()
    (stubs / "__init__.py").write_text("")
