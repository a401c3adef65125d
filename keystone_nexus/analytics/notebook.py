"""The exploratory notebook, run on gold: an `.ipynb` with its results, and a page that opens offline.

The page is nbconvert's bare body in a frame of our own: its full templates load scripts from the network.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from keystone_nexus.analytics.gold import URL
from keystone_nexus.analytics.provenance import Provenance
from keystone_nexus.analytics.style import sheet
from keystone_nexus.lake.errors import BY_NAME
from keystone_nexus.lake.publish import write_over

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAME = "exploratory_analysis"
PACKED = Path(__file__).with_name(f"{NAME}.ipynb")
SOURCE = PACKED if PACKED.exists() else Path(__file__).parents[2] / "analysis" / f"{NAME}.ipynb"
"""In an installed package the wheel has put a copy of the repository's notebook beside this file."""
STYLE = Path(__file__).with_name("notebook.css")
SECONDS = 300


def execute(gold_url: str, provenance: Provenance, folder: Path, source: Path = SOURCE) -> tuple[Path, Path]:
    """Writes `exploratory_analysis.ipynb` and `.html` into a folder, and returns their paths."""
    notebook = run(gold_url, source)
    _sign(notebook, provenance)
    paths = folder / f"{NAME}.ipynb", folder / f"{NAME}.html"
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, (_plain(notebook), page(notebook)), strict=True):
        write_over(path, text.encode())
    return paths


def run(gold_url: str, source: Path = SOURCE) -> NotebookNode:
    """The notebook after a run of all its cells in a kernel of its own. Raises the KeystoneError that a cell raised."""
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook: Any = nbformat.read(source, as_version=4)
    with TemporaryDirectory(prefix="keystone-") as folder:
        # By sockets in a folder of ours: nobody else on the machine can talk to the kernel.
        manager = AsyncKernelManager(
            kernel_name="python3", transport="ipc", connection_file=f"{folder}/kernel.json", shutdown_wait_time=2
        )
        client = NotebookClient(notebook, km=manager, timeout=SECONDS, record_timing=False)
        client.owns_km = True  # it ends the kernel
        try:
            client.execute(env={**os.environ, URL: gold_url, "PYDEVD_DISABLE_FILE_VALIDATION": "1"})
        except CellExecutionError as error:
            if kind := BY_NAME.get(error.ename):
                raise kind(error.evalue) from error
            raise
    return notebook


def page(notebook: NotebookNode) -> str:
    """One HTML file without code, scripts or anything to fetch."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_output_prompt=True, exclude_anchor_links=True
    )
    body, _ = exporter.from_notebook_node(copy.deepcopy(notebook))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Exploratory analysis</title>\n<style>\n{sheet(STYLE)}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _sign(notebook: NotebookNode, provenance: Provenance) -> None:
    """The page's last line: of which data and which gold it is."""
    from nbformat.v4 import new_markdown_cell

    notebook["cells"].append(new_markdown_cell(f"---\n\n{provenance.line}", id="provenance"))


def _plain(notebook: NotebookNode) -> str:
    import nbformat

    return nbformat.writes(notebook) + "\n"
