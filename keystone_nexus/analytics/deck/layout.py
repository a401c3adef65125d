"""The parts of a slide: title, text, tiles, native charts, pictures, notes, foot. Sizes are in inches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation
from pptx.slide import Slide
from pptx.util import Inches, Pt

from keystone_nexus.analytics.fit import fit
from keystone_nexus.analytics.tones import LIGHT

INK, MUTED, ACCENT, WARM, PAPER, RULE = (
    RGBColor.from_string(tone[1:].upper())
    for tone in (LIGHT.ink, LIGHT.muted, LIGHT.accent, LIGHT.second, LIGHT.ground, LIGHT.line)
)
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
Box = tuple[float, float, float, float]
"""Left, top, width, height."""
READ_AS_MORE = re.compile(r"[={]|[a-z]+:", re.IGNORECASE)
"""How a text begins that the chart's workbook would take for a formula or a link."""


def new_slide(deck: Presentation, title: str, foot: str, notes: str) -> Slide:
    """A slide that says its point in its title. `notes` is what the speaker says, with its time."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    heading = slide.shapes.title
    assert heading is not None
    place(heading, (MARGIN, 0.4, WIDTH - 2 * MARGIN, 1.0))
    write(heading, [title], size=28, bold=True)
    text(slide, [foot], (MARGIN, HEIGHT - 0.5, WIDTH - 2 * MARGIN, 0.3), size=10, colour=MUTED)
    frame = slide.notes_slide.notes_text_frame
    assert frame is not None
    frame.text = fit(notes)
    return slide


def place(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = (Inches(n) for n in box)


def shape(slide: Slide, kind: Any, box: Box) -> Any:
    left, top, width, height = (Inches(n) for n in box)
    made = slide.shapes.add_shape(kind, left, top, width, height)
    made.shadow.inherit = False
    return made


def text(
    slide: Slide, lines: Sequence[str], box: Box, *, size: int = 18, colour: RGBColor = INK, name: str = ""
) -> None:
    left, top, width, height = (Inches(n) for n in box)
    made = slide.shapes.add_textbox(left, top, width, height)
    if name:
        made.name = name
    write(made, lines, size=size, colour=colour)


def write(shape: Any, lines: Sequence[str], *, size: int, colour: RGBColor = INK, bold: bool = False) -> None:
    """Each line a paragraph; nothing in it is markup."""
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(size * 0.45)
        run = paragraph.add_run()
        run.text = fit(line)
        run.font.size, run.font.bold, run.font.color.rgb, run.font.name = Pt(size), bold, colour, "Calibri"


def tiles(slide: Slide, figures: Sequence[tuple[str, str, str]], top: float) -> None:
    """A row of figures: (name, figure, what it is). The figure's shape is called `kpi:<name>`."""
    gap = 0.2
    width = (WIDTH - 2 * MARGIN - gap * (len(figures) - 1)) / len(figures)
    for number, (name, figure, label) in enumerate(figures):
        left = MARGIN + number * (width + gap)
        card = shape(slide, MSO_SHAPE.RECTANGLE, (left, top, width, 1.5))
        card.fill.solid()
        card.fill.fore_color.rgb = PAPER
        card.line.fill.background()
        text(slide, [figure], (left + 0.1, top + 0.12, width - 0.2, 0.7), size=26, colour=ACCENT, name=f"kpi:{name}")
        text(slide, [label], (left + 0.1, top + 0.85, width - 0.2, 0.6), size=13, colour=MUTED)


def bars(slide: Slide, title: str, labels: Sequence[str], values: Sequence[Any], form: str, box: Box) -> None:
    """Horizontal bars, the first one on top, each with its value."""
    chart = _chart(slide, XL_CHART_TYPE.BAR_CLUSTERED, title, labels, values, form, box)
    chart.category_axis.reverse_order = True
    chart.category_axis.tick_labels.font.size = Pt(12)
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.minimum_scale = 0
    chart.plots[0].gap_width = 45


def line(slide: Slide, title: str, labels: Sequence[str], values: Sequence[Any], form: str, box: Box) -> None:
    chart = _chart(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, title, labels, values, form, box)
    chart.plots[0].has_data_labels = False
    chart.plots[0].gap_width = 40
    chart.value_axis.tick_labels.font.size = Pt(11)
    chart.value_axis.tick_labels.number_format, chart.value_axis.tick_labels.number_format_is_linked = form, False
    chart.value_axis.major_gridlines.format.line.color.rgb = RULE
    chart.category_axis.tick_labels.font.size = Pt(11)


def _chart(
    slide: Slide, kind: Any, title: str, labels: Sequence[str], values: Sequence[Any], form: str, box: Box
) -> Any:
    data: Any = CategoryChartData(number_format=form)
    data.categories = [_label(label) for label in labels] or ["none in this period"]
    data.add_series(title, [float(v) if isinstance(v, Decimal) else v for v in values] or [0])
    left, top, width, height = (Inches(n) for n in box)
    frame: Any = slide.shapes.add_chart(kind, left, top, width, height, data)
    frame.name = f"chart:{title}"
    chart = frame.chart
    chart.has_legend, chart.has_title = False, True
    chart.chart_title.text_frame.text = title
    chart.chart_title.text_frame.paragraphs[0].runs[0].font.size = Pt(13)
    chart.chart_title.text_frame.paragraphs[0].runs[0].font.bold = False
    plot = chart.plots[0]
    plot.has_data_labels = True
    labels_of = plot.data_labels
    labels_of.number_format, labels_of.number_format_is_linked = form, False
    labels_of.font.size, labels_of.position = Pt(12), XL_LABEL_POSITION.OUTSIDE_END
    plot.series[0].format.fill.solid()
    plot.series[0].format.fill.fore_color.rgb = ACCENT
    return chart


def _label(text: str) -> str:
    """A name as a category. Behind a space nothing is a formula."""
    text = fit(text)
    return f" {text}" if READ_AS_MORE.match(text) else text
