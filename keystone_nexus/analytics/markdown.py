"""Text from data in Markdown: whatever it holds, it is shown as it is and formats nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from keystone_nexus.analytics.fit import fit

SPECIAL = re.compile(r"([\\`*{}\[\]()#+!|~$])")
OUTER_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""An underscore inside a word (`health_beauty`) formats nothing and stays readable in the source."""


def escaped(text: object) -> str:
    """One line of text without any markup."""
    line = " ".join(fit(str(text)).split())
    line = SPECIAL.sub(r"\\\1", line)
    line = OUTER_UNDERSCORE.sub(r"\\_", line)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> str:
    """A table of cells that are escaped already; numbers to the right."""
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(line)} |" for line in (columns, rule, *rows))
