"""A real PostgreSQL server from the system's packages, on a port and a directory of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "not-the-default"
USER = "dagster"


def binaries() -> Path | None:
    """Where `initdb` and `pg_ctl` are: on Debian they are not on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A running server; `database()` makes an empty one."""

    def __init__(self, folder: Path, bin_folder: Path, port: int) -> None:
        self.folder, self.bin, self.port = folder, bin_folder, port
        self._databases = 0

    def run(self, program: str, *arguments: str) -> None:
        """As the user `postgres` where we are root, which the server refuses to be."""
        command = [str(self.bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stderr + done.stdout

    def sql(self, statement: str, password: str = PASSWORD, database: str = "postgres") -> None:
        import psycopg2

        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=USER, password=password, dbname=database)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def database(self) -> str:
        self._databases += 1
        name = f"dagster_{self._databases}"
        self.sql(f"CREATE DATABASE {name}")
        return name

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def restart(self) -> None:
        self.run(
            "pg_ctl", "restart", "-w", "-m", "fast", "-D", str(self.folder / "data"), "-l", str(self.folder / "log")
        )


@contextmanager
def running_server() -> Iterator[Server]:
    """Started and stopped; passwords are asked for, also on loopback."""
    bin_folder = binaries()
    assert bin_folder
    folder = Path(tempfile.mkdtemp(prefix="keystone-pg-"))
    server = Server(folder, bin_folder, free_port())
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        shutil.chown(folder / "password", "postgres", "postgres")
    data = str(folder / "data")
    try:
        server.run(
            "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8", "--no-sync",
        )  # fmt: skip
        options = f"-p {server.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{folder}' -c fsync=on"
        server.run("pg_ctl", "start", "-w", "-D", data, "-l", str(folder / "log"), "-o", options)
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.run("pg_ctl", "stop", "-m", "immediate", "-D", data)
        shutil.rmtree(folder, ignore_errors=True)
