"""The Kafka user of a managed cluster: what its secret holds, as librdkafka's properties."""

from __future__ import annotations

import json

from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.secret import secret


def properties_of_secret(arn: str | None) -> dict[str, str]:
    """Of `{"username", "password"}` SCRAM within TLS, as MSK keeps it; of `{"certificate", "key"}` (PEM) mutual TLS.

    Raises Refused where the secret holds neither, EnvironmentFault where it cannot be read. Values are never repeated
    in an error.
    """
    if not arn:
        return {}
    try:
        found = json.loads(secret(arn, "the Kafka user of KEYSTONE_KAFKA_SECRET"))
    except ValueError:
        found = None
    match found:
        case {"username": str(user), "password": str(password)}:
            return {
                "security.protocol": "SASL_SSL",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": user,
                "sasl.password": password,
            }
        case {"certificate": str(certificate), "key": str(key)}:
            return {"security.protocol": "SSL", "ssl.certificate.pem": certificate, "ssl.key.pem": key}
        case _:
            raise Refused(
                f"KEYSTONE_KAFKA_SECRET={arn} holds no Kafka user: "
                'it must be {"username": ..., "password": ...} or {"certificate": ..., "key": ...}'
            )
