"""The exploratory notebook, run on gold: an `.ipynb` with its results, and a page that opens offline.

The page is nbconvert's bare body in a frame of our own: its full templates load scripts from the network.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keystone_nexus.analytics.failures import PageFailed
from keystone_nexus.analytics.kernel import SECONDS, client, kernel_environment, kernel_folder
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
    """The notebook after a run of all its cells in a kernel of its own.

    Raises the KeystoneError or PageFailed that a cell raised, and PageFailed where the kernel died or stood still.
    """
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook: Any = nbformat.read(source, as_version=4)
    with kernel_folder() as folder:
        try:
            client(notebook, folder).execute(env=kernel_environment(folder, gold_url))
        except CellTimeoutError as error:
            raise PageFailed(f"a cell of the notebook took longer than {SECONDS} s") from error
        except DeadKernelError as error:
            raise PageFailed("the notebook's kernel died while a cell was running") from error
        except CellExecutionError as error:
            if kind := (BY_NAME | {PageFailed.__name__: PageFailed}).get(error.ename):
                raise kind(error.evalue) from error
            raise
    return notebook


def page(notebook: NotebookNode) -> str:
    """One HTML file without code, scripts or anything to fetch."""
    from jupyter_core.paths import ENV_JUPYTER_PATH
    from nbconvert import HTMLExporter

    class Exporter(HTMLExporter):
        """With the templates of the installation; those of the user are for the user's own notebooks."""

        def get_prefix_root_dirs(self) -> list[str]:
            return ENV_JUPYTER_PATH

    exporter = Exporter(
        template_name="basic",
        template_data_paths=[],
        exclude_input=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
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
