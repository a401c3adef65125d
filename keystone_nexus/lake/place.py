"""Which folders can be a lake: decided here, before anything is made, for whatever is done with the path later."""

from __future__ import annotations

import re
from pathlib import Path

from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.layout import IDENTITY

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


def lake_folder(text: str) -> Path:
    """The absolute path of a lake, or of one that can be made: not inside another. Raises Refused for any other."""
    path = folder_named(text, "the lake")
    if not (path / IDENTITY).is_file():
        keep_out_of_lakes(path, "the lake")
    return path


def keep_out_of_lakes(path: Path, what: str) -> None:
    """Raises Refused where something is to be made inside a lake that is there: it holds only what runs publish.

    The folder of pages, `analytics`, is for readers and may hold files of theirs.
    """
    place = path.absolute().resolve()
    for folder in (place, *place.parents):
        if (folder / IDENTITY).is_file() and not place.is_relative_to(folder / "analytics"):
            raise Refused(
                f"{what} {path} lies in the lake {folder}, which holds only what runs publish: name another place"
            )
