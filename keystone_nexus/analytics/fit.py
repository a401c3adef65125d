"""Text from data, made fit for what draws or writes it: one place, where gold is read for a page.

SVG, PowerPoint and HTML hold no control characters: a native renderer ends the whole process at one. Marks that turn
the direction of text would turn the page's own words around, and a name of a megabyte takes minutes to draw.
"""

from __future__ import annotations

import re
from typing import Any

import polars as pl

UNFIT = r"[\x{00}-\x{08}\x{0b}\x{0c}\x{0e}-\x{1f}\x{7f}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fdd0}-\x{fdef}\x{fffe}\x{ffff}]"
"""In Polars' writing. Tab and line ends are white space, and stay."""
_UNFIT = re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\u{found[1]:0>4}", UNFIT)[:-1] + "\ud800-\udfff]")
INSTEAD = "\N{REPLACEMENT CHARACTER}"
LONGEST = 200
"""Characters of a name: more than any label shows."""


def fit(text: str, longest: int | None = LONGEST) -> str:
    """One text: what cannot be drawn as U+FFFD, the end of what is too long as an ellipsis."""
    said = _UNFIT.sub(INSTEAD, text)
    return said if longest is None or len(said) <= longest else f"{said[: longest - 1]}…"


def shown(value: Any) -> Any:
    """What a template writes: plain text made fit, all else as it is."""
    return fit(value, None) if type(value) is str else value


def fitted(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with every text column made fit."""
    text = pl.col(pl.String)
    clean = text.str.replace_all(UNFIT, INSTEAD)
    return frame.with_columns(
        pl.when(text.str.len_chars() > LONGEST).then(clean.str.head(LONGEST - 1) + "…").otherwise(clean).name.keep()
    )
