"""compose.yaml: hardened, bounded, without a default password; what each service needs is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
ONCE = {"buckets"}
WRITABLE = {"kafka"}
"""Whose image writes into its own directories; the file says why."""


def test_the_whole_stack_is_there():
    assert set(SERVICES) == {"webserver", "daemon", "code", "postgres", "s3", "buckets", "kafka", "ingest"}


@pytest.mark.parametrize("name", SERVICES)
class TestEach:
    def test_it_has_no_privileges_and_bounded_resources(self, name: str):
        one = SERVICES[name]
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert one["read_only"] is (name not in WRITABLE)
        assert set(one["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
        assert "privileged" not in one
        assert "docker.sock" not in str(one)

    def test_its_image_is_exact(self, name: str):
        image = SERVICES[name]["image"]
        default = re.fullmatch(r"\$\{\w+:-(.+)\}", image)
        assert default
        tag = default[1].rpartition(":")[2]
        assert tag != "latest"
        assert tag == "local" or re.search(r"\d+[.-]\d+", tag)

    def test_its_ports_are_on_loopback(self, name: str):
        assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))

    def test_it_waits_for_what_it_needs_and_says_when_it_is_ready(self, name: str):
        one = SERVICES[name]
        for needed, how in one.get("depends_on", {}).items():
            once = needed in ONCE
            assert how["condition"] == ("service_completed_successfully" if once else "service_healthy")
            assert once or "healthcheck" in SERVICES[needed] or "build" in SERVICES[needed]


def test_every_password_is_required_or_a_file():
    for name, written in re.findall(r"^\s+(\w*(?:PASSWORD|SECRET|KEY_ID|_USER)\w*): (.+)$", TEXT, re.MULTILINE):
        value = written.strip(chr(34))
        allowed = value == "dagster" or value.startswith(("/run/secrets/", "${S3_"))
        assert allowed, (name, value)
    assert "${S3_USER:?" in TEXT
    assert "${S3_PASSWORD:?" in TEXT
    assert "${POSTGRES_PASSWORD_FILE:?" in TEXT


def test_the_example_names_every_required_variable_and_gives_no_password():
    example = (ROOT / "deploy" / "compose.env.example").read_text()
    given = dict(line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#"))
    required = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert required <= set(given)
    assert given["S3_PASSWORD"] == given["POSTGRES_PASSWORD_FILE"] == ""
