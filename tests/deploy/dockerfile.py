"""Reads a Dockerfile, and builds it without an engine: each stage a directory, each RUN in a chroot of it.

Only the instructions that this project's files use are known; any other is an error. What an engine adds (layers, a
registry, another architecture) is not proven by it.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

PASSED_ON = (
    "SSL_CERT_FILE",
    "PIP_INDEX_URL",
    "UV_INDEX_URL",
    "UV_DEFAULT_INDEX",
    "https_proxy",
    "http_proxy",
    "npm_config_registry",
)
TRUSTED = "/run/trusted.crt"
SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH where an image sets none."""
METADATA = {"EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "LABEL", "CMD"}


@dataclass
class Instruction:
    """One line of a Dockerfile, continuation lines joined."""

    name: str
    text: str


@dataclass
class Image:
    """A built stage: its tree, and what it says about running it."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)


def parse(path: Path) -> list[Instruction]:
    joined = re.sub(r"\\\n\s*", " ", path.read_text())
    lines = [line.strip() for line in joined.splitlines()]
    return [Instruction(*line.split(None, 1)) for line in lines if line and not line.startswith("#")]


def ignored(path: str, rules: list[str]) -> bool:
    """As .dockerignore: the last rule that matches the path or one of its folders decides."""
    found = False
    parts = path.split("/")
    folders = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    for rule in rules:
        pattern = rule.lstrip("!").rstrip("/")
        variants = {pattern, pattern.removeprefix("**/")}
        if any(fnmatch.fnmatchcase(f, v) for f in folders for v in variants) or (
            pattern.endswith("/**") and path.startswith(pattern[:-3] + "/")
        ):
            found = not rule.startswith("!")
    return found


def context_files(root: Path) -> list[str]:
    """What an engine would be sent: the files of the repository that .dockerignore lets pass."""
    rules = [r for r in (root / ".dockerignore").read_text().splitlines() if r and not r.startswith("#")]
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-per-directory=.gitignore"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if not ignored(name, rules) and (root / name).is_file()]


class Builder:
    """Builds one Dockerfile over a base tree."""

    def __init__(self, context: Path, base: Path, work: Path) -> None:
        self.context, self.base, self.work = context, base, work
        self.files = context_files(context)
        self.stages: dict[str, Image] = {}
        self.args: dict[str, str] = {}

    def build(self, dockerfile: Path) -> Image:
        before = os.umask(0o022)  # an engine's
        try:
            return self._build(dockerfile)
        finally:
            os.umask(before)

    def _build(self, dockerfile: Path) -> Image:
        image: Image | None = None
        for number, one in enumerate(parse(dockerfile)):
            text = re.sub(r"\$\{(\w+)\}", lambda m: self.args.get(m[1], ""), one.text)
            if one.name == "FROM":
                source, _, name = text.partition(" AS ")
                image = self._from(source.strip(), name.strip() or f"stage{number}")
            elif one.name == "ARG":
                key, _, default = text.partition("=")
                self.args.setdefault(key, default)
            else:
                assert image is not None, f"{one.name} before FROM"
                self._step(image, one.name, text)
        assert image is not None
        return image

    def _from(self, source: str, name: str) -> Image:
        parent = self.stages.get(source)
        self.work.mkdir(parents=True, exist_ok=True)
        root = self.work / name
        subprocess.run(["cp", "-a", "--reflink=auto", str(parent.root if parent else self.base), str(root)], check=True)
        found = Image(root, dict(parent.env), parent.workdir) if parent else Image(root)
        self.stages[name] = found
        return found

    def _step(self, image: Image, name: str, text: str) -> None:
        if name == "RUN":
            self.run(image, text)
        elif name == "COPY":
            self._copy(image, text)
        elif name == "WORKDIR":
            image.workdir = text
            (image.root / text.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif name == "ENV":
            image.env |= dict(pair.split("=", 1) for pair in shlex.split(text))
        elif name == "USER":
            image.user = text
        elif name == "ENTRYPOINT":
            image.entrypoint = [str(one) for one in json.loads(text)]
        elif name not in METADATA:
            raise AssertionError(f"unknown instruction {name} {text}")

    def _copy(self, image: Image, text: str) -> None:
        words = shlex.split(text)
        origin = None
        if words[0].startswith("--from="):
            origin = self.stages[words.pop(0).removeprefix("--from=")].root
        *sources, target = words
        place = image.root / (target if target.startswith("/") else f"{image.workdir}/{target}").lstrip("/")
        for source in sources:
            if origin:
                inside = origin / source.lstrip("/")
                into = place / inside.name if target.endswith("/") else place
                into.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", str(inside), str(into)], check=True)
            else:
                self._copy_context(source, place, target.endswith("/"))

    def _copy_context(self, source: str, place: Path, into_folder: bool) -> None:
        chosen = [f for f in self.files if f == source or f.startswith(source + "/")]
        assert chosen, f"COPY {source}: nothing of it is in the context (see .dockerignore)"
        for name in chosen:
            if name == source:
                target = place / Path(name).name if into_folder or place.is_dir() else place
            else:
                target = place / Path(name).relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self.context / name, target)

    def run(self, image: Image, command: str) -> None:
        """In a chroot with the host's network, as root, as an engine runs it."""
        env = {"PATH": SEARCHED, "HOME": "/root", **image.env}
        env |= {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        certificates = os.environ.get("SSL_CERT_FILE", "")
        if certificates:  # beside the image's own: what the host trusts may be a proxy's
            env["SSL_CERT_FILE"] = env["PIP_CERT"] = env["NODE_EXTRA_CA_CERTS"] = TRUSTED
        script = f"""
            set -e
            mount --bind {image.root} {image.root}
            trap 'rm -f {image.root}{TRUSTED}' EXIT
            mount -t proc proc {image.root}/proc
            mount --rbind /dev {image.root}/dev
            cp /etc/resolv.conf {image.root}/etc/resolv.conf
            if [ -n "{certificates}" ]; then
              cp "{certificates}" {image.root}{TRUSTED}
            fi
            chroot {image.root} /bin/sh -c {shlex.quote(f"cd {image.workdir} && {command}")}
        """
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "bash", "-c", script],
            env=env, capture_output=True, text=True, check=False, timeout=3000,
        )  # fmt: skip
        assert done.returncode == 0, f"RUN {command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def command_in(image: Image, command: list[str], env: dict[str, str], mounts: dict[Path, str]) -> list[str]:
    """How `docker run --read-only --cap-drop=ALL --tmpfs /tmp --user` would run it, by namespaces alone."""
    root = image.root
    variables = {"PATH": SEARCHED, **image.env, **env}
    uid, _, gid = image.user.partition(":")
    binds = "\n".join(f"mount --bind {host} {root}{inside}" for host, inside in mounts.items())
    inner = [
        "env", "-i", *(f"{k}={v}" for k, v in variables.items()),
        "setpriv", f"--reuid={uid}", f"--regid={gid or uid}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
        "--", *command,
    ]  # fmt: skip
    script = f"""
        set -e
        mount --bind {root} {root}
        mount -o remount,bind,ro {root}
        mount -t proc proc {root}/proc
        mount --rbind /dev {root}/dev
        mount -t tmpfs -o mode=1777 tmpfs {root}/tmp
        {binds}
        exec chroot {root} {shlex.join(inner)}
    """
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", script]
