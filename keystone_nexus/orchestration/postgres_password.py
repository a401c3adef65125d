"""The password of Dagster's database: read where it is kept at each need, never in a file of settings.

`password_from` names it: the ARN of a secret in AWS Secrets Manager (the JSON that RDS manages, or plain text), or the
path of a file (a container's secret). After a rotation the database refuses the old password; it is then read again,
and Dagster's own retry of the connection succeeds with the new one.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from dagster_postgres.auth import PgTokenProvider
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from keystone_nexus.lake.errors import EnvironmentFault, Refused
from keystone_nexus.lake.secret import secret

KEPT = 3600.0
"""Seconds after which a password is read again, rotated or not."""
REFUSED = ("password authentication failed", "pg_hba.conf", "no password supplied")

_providers: list[PasswordFrom] = []


class PasswordFrom(PgTokenProvider):
    """Reads the password and keeps it until the database refuses it."""

    def __init__(self, place: str) -> None:
        super().__init__()
        if not place.startswith(("arn:aws", "/")):
            raise Refused(
                f"the database's password is kept at {place!r}: give the ARN of a secret, or the absolute path of a file"
            )
        self.place = place
        _providers.append(self)

    def _fetch_token(self) -> tuple[str, float]:
        text = secret(self.place, "the database's password") if self.place.startswith("arn:") else _file(self.place)
        return _password_in(text, self.place), time.time() + KEPT + 300

    def forget(self) -> None:
        """Reads it again at the next connection."""
        with self._lock:
            self._cached_token = None


def _file(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise EnvironmentFault(f"the database's password cannot be read from {path}: {error.strerror}") from error


def _password_in(text: str, place: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    password = str(found["password"]) if isinstance(found, dict) and "password" in found else text.strip()
    if not password:
        raise Refused(f"the database's password at {place} is empty")
    return password


@event.listens_for(Engine, "handle_error")
def _forget_what_was_refused(context: ExceptionContext) -> None:  # pyright: ignore[reportUnusedFunction]
    """A refused password is the mark of a rotation."""
    said = str(context.original_exception)
    if context.connection is None and any(words in said for words in REFUSED):
        for provider in _providers:
            provider.forget()
