"""What the UI shows of a page."""

from __future__ import annotations

from pathlib import Path

from keystone_nexus.orchestration.preview import preview


def test_previews_say_what_is_on_the_pages(built_lake: Path) -> None:
    folder = built_lake / "analytics"
    figures = preview([folder / "kpi_dashboard.html"])
    assert "| revenue | R$ " in figures
    assert "| late share |" in figures
    assert preview([folder / "key_insights.md"]).startswith("# Key insights")
    slides = preview([folder / "keystone_nexus_executive_summary.pptx"])
    assert slides.startswith("1. ")
    assert len(slides.splitlines()) == 10
    notebook = preview([folder / "exploratory_analysis.html", folder / "exploratory_analysis.ipynb"])
    assert "Beside it: `exploratory_analysis.ipynb`" in notebook


def test_a_preview_is_text(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<td data-kpi="category_name" data-value="x">&lt;img src=x&gt; a|b</td>')
    assert "\\<img src=x\\> a\\|b" in preview([page])
