"""The renderer may crash, stand still or say no: the run goes on, and the page is named."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from keystone_nexus.analytics.charts import artist
from keystone_nexus.analytics.charts.artist import Artist
from keystone_nexus.analytics.failures import PageFailed
from tests.conftest import keystone

PAGES = 'key:"analytics/charts" or key:"analytics/key_insights"'


def test_a_native_crash_ends_one_page_and_no_run(lake: Path, tmp_path: Path) -> None:
    """A renderer that aborts for real, found before the installed one."""
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / "vl_convert.py").write_text("import os\nos.abort()\n")
    shutil.rmtree(lake / "analytics")
    done = keystone(lake, "run", "--select", PAGES, env={"PYTHONPATH": str(tmp_path / "fake")})
    assert done.returncode == 3
    assert "the page analytics/charts could not be made: monthly_sales: " in done.stderr
    assert "SIGABRT" in done.stderr
    assert "Traceback" not in done.stderr
    assert (lake / "analytics" / "key_insights.md").exists(), "the other pages are built"
    assert [one.name for one in (lake / "analytics/.built").iterdir()] == ["key_insights"]


def renderer(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> Artist:
    """An artist whose process does something else with each request."""
    path = folder / "renderer.py"
    path.write_text(f"import json, os, sys, time\nfor line in sys.stdin:\n    asked = json.loads(line)\n    {body}\n")
    monkeypatch.setattr(artist, "RENDERER", path)
    return Artist()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os.abort()", "was ended by SIGABRT"),
        ("os.kill(os.getpid(), 11)", "was ended by SIGSEGV"),
        ("sys.exit('ValueError: no memory')", "ended with code 1: ValueError: no memory"),
        ("os.write(1, b'half an ans'); os.abort()", "was ended by SIGABRT"),
        ("time.sleep(60)", "no answer within 0.5 s"),
        ("print(json.dumps({'error': 'bad chart'}), flush=True)", "it cannot be drawn: bad chart"),
    ],
)
def test_what_goes_wrong_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, said: str) -> None:
    monkeypatch.setattr(artist, "SECONDS", 0.5 if "sleep" in body else 30)
    one = renderer(tmp_path, monkeypatch, body)
    with pytest.raises(PageFailed, match=said):
        one.ask(chart="{}")
    one.close()


def test_the_next_request_starts_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one = renderer(
        tmp_path, monkeypatch, "os.abort() if asked.get('bad') else print(json.dumps({'pid': os.getpid()}), flush=True)"
    )
    first = one.ask(bad="")["pid"]
    assert one.ask(bad="")["pid"] == first, "one process for all"
    with pytest.raises(PageFailed):
        one.ask(bad="yes")
    second = int(one.ask(bad="")["pid"])
    assert second != first
    one.close()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


def test_a_chart_that_the_renderer_refuses_is_told() -> None:
    one = Artist()
    with pytest.raises(PageFailed, match="it cannot be drawn"):
        one.ask(chart=json.dumps({"mark": "nothing of the kind"}), version="5_20")
    one.close()
