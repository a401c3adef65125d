"""The images' files: pinned, without privileges, without a secret; what they copy is in the context."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deploy.dockerfile import context_files, ignored, parse

ROOT = Path(__file__).parents[2]
DOCKERFILES = (ROOT / "Dockerfile", ROOT / "cpp_ingest" / "Dockerfile")
IDS = ("keystone", "ingest")


@pytest.mark.parametrize("path", DOCKERFILES, ids=IDS)
class TestEach:
    def test_every_base_is_an_argument_with_an_exact_tag_or_another_stage(self, path: Path):
        found = parse(path)
        defaults = dict(one.text.split("=", 1) for one in found if one.name == "ARG" and "=" in one.text)
        stages: set[str] = set()
        for one in found:
            if one.name != "FROM":
                continue
            source, _, name = one.text.partition(" AS ")
            argument = re.fullmatch(r"\$\{(\w+)\}", source.strip())
            assert argument or source.strip() in stages, one.text
            if argument:
                tag = defaults[argument[1]].partition(":")[2]
                assert re.match(r"\d+\.\d+|.*@sha256:[0-9a-f]{64}$", tag), defaults[argument[1]]
            stages.add(name.strip())
        assert "latest" not in path.read_text()

    def test_it_runs_as_a_number_that_is_not_root_with_a_health_check(self, path: Path):
        found = parse(path)
        last_stage = found[max(n for n, one in enumerate(found) if one.name == "FROM") :]
        users = [one.text for one in last_stage if one.name == "USER"]
        assert users
        assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", users[-1])
        assert not [one for one in last_stage if one.name == "RUN" and "apt-get" in one.text]
        names = {one.name for one in last_stage}
        assert {"HEALTHCHECK", "ENTRYPOINT", "STOPSIGNAL"} <= names

    def test_no_secret_is_an_argument_or_a_variable(self, path: Path):
        for one in parse(path):
            if one.name in ("ARG", "ENV", "COPY"):
                assert not re.search(r"(?i)password|secret|token|credential|\.env\b|\.aws", one.text), one.text

    def test_each_copied_path_is_in_the_context(self, path: Path):
        files = context_files(ROOT)
        for one in parse(path):
            if one.name != "COPY" or one.text.startswith("--from="):
                continue
            for source in one.text.split()[:-1]:
                if source != "terraform":  # only its inventories, which another part of the tree brings
                    assert any(f == source or f.startswith(source.rstrip("/") + "/") for f in files), source


def test_the_context_holds_no_history_lake_or_secret():
    files = context_files(ROOT)
    assert not [f for f in files if re.search(r"^(lake|\.git/|tests/|\.venv|secrets/)|\.env$|\.zip$", f)]
    assert len(files) < 800


def test_the_rules_of_dockerignore_are_read_as_an_engine_reads_them():
    rules = ["*", "!src/**", "**/__pycache__"]
    assert ignored("README.md", rules)
    assert not ignored("src/a/b.py", rules)
    assert ignored("src/a/__pycache__/b.pyc", rules)
