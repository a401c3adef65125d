"""A CA, and a certificate of each side, for mTLS on this machine."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """A folder with `ca.pem`, `server.pem` and `client.pem`, and their keys."""

    folder: Path

    def server_flags(self) -> list[str]:
        return self._flags("server", "--tls-client-ca")

    def client_flags(self) -> list[str]:
        return self._flags("client", "--tls-ca")

    def _flags(self, side: str, ca: str) -> list[str]:
        at = self.folder
        return ["--tls-cert", f"{at / side}.pem", "--tls-key", f"{at / side}.key", ca, f"{at / 'ca.pem'}"]


def make_certificates(folder: Path) -> Certificates:
    folder.mkdir()
    _openssl(folder, "req -x509 -subj /CN=keystone-bench-ca -keyout ca.key -out ca.pem")
    for side in ("server", "client"):
        _openssl(
            folder,
            f"req -x509 -subj /CN={side} -CA ca.pem -CAkey ca.key -addext basicConstraints=critical,CA:FALSE "
            f"-addext subjectAltName=IP:127.0.0.1,DNS:localhost -keyout {side}.key -out {side}.pem",
        )
    return Certificates(folder)


def _openssl(folder: Path, arguments: str) -> None:
    key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command = ["openssl", *arguments.split(), *key.split()]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
