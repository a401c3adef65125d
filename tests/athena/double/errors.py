"""What Athena's API refuses a request with."""

from __future__ import annotations


class Invalid(Exception):
    """`InvalidRequestException`, or another code of the API."""

    def __init__(self, message: str, code: str = "InvalidRequestException") -> None:
        super().__init__(message)
        self.message, self.code = message, code


class Failed(Exception):
    """A query that ends as FAILED, with Athena's words."""
