"""Which folders can be a lake: decided here, before anything is made, for whatever is done with the path later."""

from __future__ import annotations

import re
from pathlib import Path

from keystone_nexus.lake.errors import Refused

PATTERNS = re.compile(r"[*?#\[\]{}\\]|%[0-9A-Fa-f]{2}|[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What engines read as a pattern of several files, and so as a neighbour's, as the end of a path or as another character; and control characters."""


def folder_named(text: str, what: str) -> Path:
    """The absolute path of a folder that is there or can be made. Raises Refused, by name, for one that cannot be used."""
    if not text.strip():
        raise Refused(f"{what} has an empty name: give a folder, or leave it out for the default")
    if text.startswith("~"):
        raise Refused(f"{what} {text!r} begins with ~, which only a shell expands: write the path in full, or ./{text}")
    path = Path(text).absolute()
    for form in (path, path.resolve()):
        if odd := PATTERNS.search(str(form)):
            raise Refused(
                f"{what} {str(form)!r} has {odd.group()!r} in its path, which an engine reads as a pattern of files, as the end of a path, or as another character: "
                "rename that folder, or name another"
            )
    if path.exists() and not path.is_dir():
        raise Refused(f"{what} {text!r} is a file: name a folder")
    return path
