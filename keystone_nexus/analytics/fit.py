"""Text from data, made fit for what shows it: XML, a terminal and a line of a page hold less than a CSV file does.

A character that a page cannot hold is written by its name, `[U+000B]`, so that two names that differ stay two.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import polars as pl

LONGEST = 160
"""Characters of a name. No chart has room for more, and a picture may not be a kilometre wide."""
SHOWN = 120
UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for tab and line feed
    "\u202a-\u202e\u2066-\u2069"  # what turns the direction of the text after it
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # what is no character
)
_UNFIT_IN_COLUMNS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fdd0}-\x{fdef}\x{fffe}\x{ffff}]"


def fit(text: str) -> str:
    """The text with everything that XML or HTML cannot hold written by its name."""
    return UNFIT.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def fit_name(text: str) -> str:
    """The same, cut where it is long; the cut ends of two names that differ differ too."""
    whole = fit(text)
    if len(whole) <= LONGEST:
        return whole
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{whole[:SHOWN]}… ({len(text):,} characters, {mark})"


def fit_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """Every text of a frame as a name. Columns that are fit already are not touched."""
    unfit = [
        name
        for name, kind in frame.schema.items()
        if kind == pl.String and frame.height and _is_unfit(frame.get_column(name))
    ]
    return frame.with_columns(pl.col(name).map_elements(fit_name, pl.String) for name in unfit)


def fit_tree(value: Any) -> Any:
    """A document of JSON whose texts are fit; keys are our own."""
    if isinstance(value, str):
        return fit(value)
    if isinstance(value, dict):
        return {key: fit_tree(one) for key, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [fit_tree(one) for one in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def finalized(value: Any) -> Any:
    """For templates: text is made fit before it is escaped; what is markup already stays."""
    return fit(value) if type(value) is str else value


def _is_unfit(texts: pl.Series) -> bool:
    return bool(texts.str.contains(_UNFIT_IN_COLUMNS).any() or (texts.str.len_chars() > LONGEST).any())
