"""A secret of AWS Secrets Manager, read where it is needed and kept nowhere."""

from __future__ import annotations

from typing import Any

from keystone_nexus.lake.errors import EnvironmentFault


def secret(arn: str, what: str) -> str:
    """The text of the secret. `what` names it in an error ("the database's password").

    Raises EnvironmentFault where it cannot be read.
    """
    import boto3

    from keystone_nexus.lake import aws

    start = f"{what} cannot be read from {arn}"
    try:
        client: Any = boto3.client("secretsmanager", region_name=(arn.split(":") + [""] * 4)[3] or None)
        return client.get_secret_value(SecretId=arn)["SecretString"]
    except (*aws.FAULTS, KeyError) as error:
        raise (
            aws.of_error(error, start)
            or EnvironmentFault(
                f"{start}: {error}; the role needs secretsmanager:GetSecretValue on it, and kms:Decrypt on its key"
            )
        ) from error
