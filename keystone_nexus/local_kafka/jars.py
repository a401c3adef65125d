"""Kafka's jars from Maven Central, pinned, kept in the user's cache."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keystone_nexus.lake.errors import EnvironmentFault, Refused

VERSION = "4.3.1"
MAVEN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
POM = f"""<project><modelVersion>4.0.0</modelVersion>
  <groupId>keystone</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""


def java() -> str:
    """The Java to run. Raises Refused where there is none."""
    home = os.environ.get("JAVA_HOME")
    found = f"{home}/bin/java" if home and Path(home, "bin", "java").exists() else shutil.which("java")
    if found is None:
        raise Refused("Kafka needs Java 17 or newer: install one (Debian: apt-get install openjdk-17-jre-headless)")
    return found


def jars() -> Path:
    """The folder with Kafka's jars, fetched by Maven if they are not there."""
    folder = _cache() / f"kafka-{VERSION}"
    if (folder / "complete").exists():
        return folder / "libs"
    maven = shutil.which("mvn")
    if maven is None:
        raise Refused("Kafka's jars come by Maven: install it (Debian: apt-get install maven)")
    folder.mkdir(parents=True, exist_ok=True)
    with only_one("jars"):  # whoever comes meanwhile waits, and finds them
        if not (folder / "complete").exists():
            _fetch(maven, folder)
    return folder / "libs"


@contextmanager
def only_one(work: str) -> Iterator[None]:
    """A user's processes do `work` one after another; a process that dies lets the next one in."""
    _cache().mkdir(parents=True, exist_ok=True)
    with (_cache() / f"{work}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _fetch(maven: str, folder: Path) -> None:
    (folder / "pom.xml").write_text(POM)
    command = [maven, "-q", "-B", "-f", "pom.xml", MAVEN, "-DincludeScope=runtime", "-DoutputDirectory=libs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise EnvironmentFault(f"Maven could not fetch Kafka {VERSION}: {said[0] if said else 'no reason given'}")
    (folder / "complete").touch()


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "keystone-nexus"
