"""Files that this program makes are its user's alone, since most of them hold personal data.

Bronze, silver, quarantine, gold, Dagster's records and exports are written by five libraries in a hundred places: the
process's mask is the one thing that holds for all of them. It is narrowed when the package is imported, in every
process that works on a lake; what a lake holds already keeps its modes.
"""

from __future__ import annotations

import os
import re

VARIABLE = "KEYSTONE_UMASK"
"""An octal mask for a lake that a group of users shares (`007`, or `027` to let the group only read)."""
OWNER_ONLY = 0o077
OCTAL = re.compile(r"0?[0-7]{3}")


def keep_files_private() -> None:
    """Narrows the process's mask to the owner, or to what KEYSTONE_UMASK says, and never widens what the shell set.

    A value that is no mask counts as the owner's: `keystone doctor` says so.
    """
    os.umask(os.umask(OWNER_ONLY) | wanted_mask())


def wanted_mask() -> int:
    named = os.environ.get(VARIABLE, "")
    return int(named, 8) if OCTAL.fullmatch(named) else OWNER_ONLY


def current_mask() -> int:
    """The process's mask, which can only be read by setting it."""
    mask = os.umask(OWNER_ONLY)
    os.umask(mask)
    return mask
