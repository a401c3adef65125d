"""A real Kafka that is reached over TLS, mTLS and SASL/SCRAM, and the certificates for it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from confluent_kafka.admin import (
    AdminClient,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from keystone_nexus.local_kafka import cluster as local
from tests.reliability.processes import PATIENCE, free_port

USER, PASSWORD = "app", "a-secret-nobody-may-read"


class Pki:
    """An authority, and the certificates that it signed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.ca = folder, folder / "ca.pem"
        self._openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")

    def signed(self, name: str) -> tuple[Path, Path]:
        """A certificate for this machine, and its key."""
        self._openssl(f"req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr")
        (self.folder / "san").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        self._openssl(
            f"x509 -req -days 2 -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile san -out {name}.pem"
        )
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, capture_output=True)


class SecuredKafka:
    """One node; `plain` is its listener without TLS, for the tests' own questions."""

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder / "pki")
        self._folder = folder / "kafka"
        self.plain = local.up(self._folder, 1).brokers
        local.down(self._folder)
        self.tls, self.mtls, self.scram = (f"127.0.0.1:{free_port()}" for _ in range(3))
        self._add_listeners()
        local.up(self._folder, 1)
        self._add_user()

    def _add_listeners(self) -> None:
        certificate, key = self.pki.signed("broker")
        keystore = self.pki.folder / "broker.keystore.pem"
        keystore.write_text(key.read_text() + certificate.read_text())
        properties = self._folder / "node-1" / "server.properties"
        settings = dict(line.split("=", 1) for line in properties.read_text().splitlines())
        settings["listeners"] += f",TLS://{self.tls},MTLS://{self.mtls},SCRAM://{self.scram}"
        settings["listener.security.protocol.map"] += ",TLS:SSL,MTLS:SSL,SCRAM:SASL_SSL"
        settings |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(keystore),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.pki.ca),
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.scram.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
        }
        properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def _add_user(self) -> None:
        mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        admin = AdminClient({"bootstrap.servers": self.plain})
        user = UserScramCredentialUpsertion(USER, mechanism, PASSWORD.encode())
        admin.alter_user_scram_credentials([user])[USER].result(PATIENCE)

    def stop(self) -> None:
        local.down(self._folder)
