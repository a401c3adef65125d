"""What may leave the lake in an alert: the sentence, cut, with nothing in it that looks like a secret or a row."""

from __future__ import annotations

import re

LONGEST = 1000
HIDDEN = "[hidden]"
SECRETS = (
    re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}"),
    re.compile(r"(?i)\b(?:password|passwd|secret|token|api[_-]?key)\b\s*[=:]\s*\S+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?:X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+"),
    re.compile(r"\b[A-Za-z0-9+/]{40,}={0,2}(?![A-Za-z0-9+/])(?<!\b[0-9a-f]{40})(?<!\b[0-9a-f]{64})"),
)
"""Access keys, assignments, credentials of a URL, signatures, and long opaque words; digests are no secret."""


def safe(text: str) -> str:
    """The first lines up to a traceback or quoted data, without what looks like a secret."""
    said = re.split(r"\n\s*(?:Traceback|Stack Trace|  File )", text, maxsplit=1)[0]
    for pattern in SECRETS:
        said = pattern.sub(HIDDEN, said)
    said = " ".join(said.split())
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
