"""What a notebook shows: figures with a text for those who cannot see them, sentences and tables with figures.

A figure is an SVG inside of the page, so that the page needs no network, no script, and two figures cannot clash.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from keystone_nexus.analytics import words
from keystone_nexus.analytics.claims import Claim
from keystone_nexus.analytics.dashboard.figures import exact
from keystone_nexus.analytics.gold import Gold


class Shown:
    """Something that Jupyter shows: Markdown or HTML."""

    def __init__(self, kind: str, content: str) -> None:
        self._bundle = {f"text/{kind}": content}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]
        return self._bundle


def figure(gold: Gold, name: str) -> Shown:
    """An exhibit of `analytics.charts`, for a light and for a dark page."""
    from keystone_nexus.analytics.charts.render import EXHIBITS, svg
    from keystone_nexus.analytics.charts.theme import Look, source_of

    source = source_of(_through(gold))
    frame = gold.frame(EXHIBITS[name].sql)
    light, dark = (EXHIBITS[name].chart(frame, Look(source, dark)) for dark in (False, True))
    text = html.escape(str(light.description))
    return Shown(
        "html",
        f'<picture><source media="screen and (prefers-color-scheme: dark)" srcset="{_inline(svg(dark))}">'
        f'<img class="chart" alt="{text}" src="{_inline(svg(light))}"></picture>',
    )


@cache
def _through(gold: Gold) -> date | None:
    return gold.frame("select max(date) as last from gold.daily_sales").item()


def _inline(drawn: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode()


def say(sentence: Callable[[], str]) -> Shown:
    """A sentence in Markdown, its figures marked. Text from data in it is the caller's to escape."""
    with words.marked():
        return _markdown(sentence())


def _markdown(text: str) -> Shown:
    # Two dollar signs would be read as a formula between them: R$ 1 and R$ 2.
    return Shown("markdown", text.replace("\\$", "$").replace("$", "&#36;"))


def tell(gold: Gold, *claims: Claim) -> Shown:
    """Claims as gold bears them out now, with their caveats."""
    told: list[str] = []
    for claim in claims:
        found = list(gold.frame(claim.sql).iter_rows(named=True))
        with words.marked():
            told.append(f"{claim.say(found) if found else claim.nothing}\n\n> {claim.caveat}")
    return _markdown("\n\n".join(told))


def rows(
    name: str, frame: pl.DataFrame, columns: Mapping[str, tuple[str, Callable[[Any], str]]], nothing: str
) -> Shown:
    """A table: column -> its heading and how its values are written. The first column names the rows.

    Its figures are marked as on the dashboards: `data-kpi` is `<name>.<column>`.
    """
    if frame.is_empty():
        return _markdown(nothing)
    key, *others = columns
    heads = "".join(f'<th scope="col">{html.escape(heading)}</th>' for heading, _ in columns.values())
    body = "".join(
        f'<tr><th scope="row">{html.escape(columns[key][1](row[key]))}</th>'
        + "".join(_cell(f"{name}.{one}", str(row[key]), row[one], columns[one][1]) for one in others)
        + "</tr>"
        for row in frame.iter_rows(named=True)
    )
    return Shown("html", f'<table tabindex="0"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>')


def _cell(kpi: str, key: str, value: Any, write: Callable[[Any], str]) -> str:
    marked = {"data-kpi": kpi, "data-key": key, "data-value": exact(value)}
    attributes = " ".join(f'{name}="{html.escape(text)}"' for name, text in marked.items())
    return f'<td class="figure" {attributes}>{html.escape(write(value))}</td>'
