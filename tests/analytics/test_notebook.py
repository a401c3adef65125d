"""The exploratory notebook: paired, without outputs, and it runs on any gold into a page that needs no network."""

from __future__ import annotations

import html
import re
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import polars as pl
import pytest

from keystone_nexus.analytics import notebook
from keystone_nexus.analytics.failures import PageFailed
from keystone_nexus.analytics.gold import Gold, gold_of
from keystone_nexus.analytics.provenance import provenance_of
from keystone_nexus.lake.errors import EnvironmentFault
from keystone_nexus.lake.lake import Lake
from tests.analytics import odd_gold
from tests.analytics.pages import Page


def shown(gold: Gold) -> str:
    return notebook.page(notebook.run(gold.url))


def test_the_script_and_the_notebook_say_the_same_and_hold_no_output() -> None:
    script: Any = jupytext.read(notebook.SOURCE.with_suffix(".py"))
    paired: Any = nbformat.read(notebook.SOURCE, as_version=4)
    assert [(c.cell_type, c.source) for c in script.cells] == [(c.cell_type, c.source) for c in paired.cells]
    code = [c for c in paired.cells if c.cell_type == "code"]
    assert all(not c.outputs and c.execution_count is None for c in code)


def test_the_wheel_takes_the_notebook_along() -> None:
    root = notebook.SOURCE.parents[1]
    build = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["force-include"] == {
        str(notebook.SOURCE.relative_to(root)): str(notebook.PACKED.relative_to(root))
    }


def test_it_runs_and_its_page_fetches_nothing(built_lake: Path, tmp_path: Path) -> None:
    lake = Lake(built_lake)
    gold = gold_of(lake)
    provenance = provenance_of(lake, gold)
    ran, page = notebook.execute(gold.url, provenance, tmp_path / "analytics")
    assert sorted(p.name for p in (tmp_path / "analytics").iterdir()) == sorted([ran.name, page.name])
    text = page.read_text("utf-8")
    assert not re.search(r"<script|https?://|//cdn|@import|<link", text)
    assert re.search(r'alt="Late deliveries by the customer.s state\. Late: [^"]+"', html.unescape(text))
    assert text.count('class="chart"') >= 12
    found = Page(text)
    cohorts = gold.table("customer_value_cohorts").select("value_cohort", pl.col("customers").cast(pl.String))
    assert found.table("value.customers") == dict(cohorts.rows())
    status = gold.frame("select order_status, count(*)::varchar from gold.fact_orders group by 1")
    assert found.table("status.orders") == dict(status.rows())
    bare = gold.frame("select count(*)::varchar from gold.fact_orders where items = 0").item()
    assert found.table("gaps.n")["orders without items"] == bare
    late = gold.frame("select sum(late_deliveries)::varchar from gold.monthly_sales").item()
    said = {one.value for one in found.figures if one.kpi == "said.count"}
    assert late in said, "the sentences' figures are marked too"
    assert provenance.line in text
    assert "Traceback" not in text
    executed: Any = nbformat.read(ran, as_version=4)
    assert executed.cells[-1].source.endswith(provenance.line)


@pytest.mark.parametrize(
    "statements",
    [odd_gold.NO_DELIVERIES, odd_gold.NO_REVIEWS, odd_gold.ONE_STATE],
    ids=["deliveries", "reviews", "state"],
)
@pytest.mark.long
def test_it_makes_sense_of_odd_data(built_lake: Path, tmp_path: Path, statements: tuple[str, ...]) -> None:
    text = shown(odd_gold.changed(built_lake, tmp_path, *statements))
    assert "None" not in text


@pytest.mark.long
def test_it_makes_sense_of_nothing(built_lake: Path, tmp_path: Path) -> None:
    text = shown(odd_gold.empty(built_lake, tmp_path))
    assert text.count("No orders in this period.") > 3
    assert "None" not in text


def test_an_error_of_a_cell_s_query_is_what_it_was(built_lake: Path, tmp_path: Path) -> None:
    """An Athena that is away is the environment's fault there too."""
    lines = ["from keystone_nexus.lake.errors import EnvironmentFault", "raise EnvironmentFault('away: run again')"]
    (tmp_path / "one.ipynb").write_text(
        nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("\n".join(lines))]))
    )
    with pytest.raises(EnvironmentFault, match=r"^away: run again$"):
        notebook.run(gold_of(Lake(built_lake)).url, tmp_path / "one.ipynb")


def test_text_from_data_is_harmless(built_lake: Path, tmp_path: Path) -> None:
    text = shown(odd_gold.changed(built_lake, tmp_path, *odd_gold.HOSTILE))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.real
@pytest.mark.long
def test_the_real_data(real_lake: Path, tmp_path: Path) -> None:
    lake = Lake(real_lake)
    gold = gold_of(lake)
    _, page = notebook.execute(gold.url, provenance_of(lake, gold), tmp_path)
    text = re.sub(r'<span data-kpi="said[^>]+>([^<]*)</span>', r"\1", page.read_text("utf-8"))
    for said in ("<strong>Nov 2017</strong>: 7,544 orders", "1,010,271.37", "775", "32,785 products", "97.0 %"):
        assert said in text


def test_the_user_s_own_setup_does_not_reach_the_page(
    built_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Start-up scripts, a kernel and a template of the same name, modules in the working folder, no short folder."""
    boom = "raise SystemExit('the user s own')\n"
    for path in ("ipython/profile_default/startup/00.py", "start.py", "here/polars.py", "here/matplotlib.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(boom)
    (tmp_path / "ipython/profile_default/ipython_config.py").write_text(
        "c.InteractiveShell.ast_node_interactivity='none'"
    )
    (tmp_path / "ipython/profile_default/ipython_kernel_config.py").write_text("c.IPKernelApp.exec_lines=['1/0']")
    kernel = tmp_path / "data/kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text('{"argv": ["false"], "display_name": "mine", "language": "python"}')
    for name in ("basic", "classic", "base"):
        template = tmp_path / "data/nbconvert/templates" / name
        template.mkdir(parents=True)
        (template / "index.html.j2").write_text("the user's own")
    config = tmp_path / "config"
    config.mkdir()
    for name in ("jupyter_config", "jupyter_nbconvert_config", "jupyter_nbclient_config"):
        (config / f"{name}.py").write_text(boom)
    long = tmp_path / ("long" * 20)
    long.mkdir()
    for name, path in {
        "IPYTHONDIR": "ipython", "PYTHONSTARTUP": "start.py", "JUPYTER_DATA_DIR": "data", "JUPYTER_PATH": "data",
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_CONFIG_PATH": "config", "MPLCONFIGDIR": "here",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(tmp_path / path))
    monkeypatch.setenv("MPLBACKEND", "module://nothing")
    monkeypatch.setattr("tempfile.tempdir", str(long))
    monkeypatch.chdir(tmp_path / "here")
    text = shown(gold_of(Lake(built_lake)))
    assert "the user" not in text
    assert text.count('class="chart"') >= 12


def test_a_kernel_that_dies_is_the_page_s_fault(built_lake: Path, tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell("import os; os.abort()")]
    (tmp_path / "one.ipynb").write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    with pytest.raises(PageFailed, match="kernel died"):
        notebook.run(gold_of(Lake(built_lake)).url, tmp_path / "one.ipynb")
