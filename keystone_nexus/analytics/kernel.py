"""The notebook's kernel: it knows gold's address, and nothing of how the user has set up Jupyter, IPython and Python.

A start-up script, a kernel of the same name or a file `polars.py` in the working folder would change what a page says.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from keystone_nexus.analytics.gold import URL

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

SECONDS = 300
"""For one cell."""
COMMAND = [sys.executable, "-P", "-c", "from ipykernel.kernelapp import launch_new_instance as go; go()", "-f", "{connection_file}"]  # fmt: skip
"""Without the working folder among the places of modules (-P), and with all the others."""
LONGEST_FOLDER = 70
"""A socket's path holds 107 bytes, of which this is the folder's part."""
OF_THE_USER = ("JUPYTER", "IPYTHON", "IPY_", "NBCONVERT", "NBCLIENT", "MPL", "MATPLOTLIB", "PYTHONSTARTUP", "PYTHONBREAKPOINT", "PYDEVD", "ALTAIR")  # fmt: skip
"""How the variables begin that steer a notebook."""


def kernel_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of the kernel's own, whose path is short enough for a socket."""
    usual = tempfile.gettempdir()
    short = len(os.fsencode(usual)) <= LONGEST_FOLDER or not os.access("/tmp", os.W_OK)  # noqa: S108  its name is random
    return tempfile.TemporaryDirectory(prefix="keystone-", dir=usual if short else "/tmp")  # noqa: S108  the same


def kernel_environment(folder: str, gold_url: str) -> dict[str, str]:
    """The variables of the kernel: the user's own, but for those by which a notebook is steered."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(OF_THE_USER)}
    own = {name: str(Path(folder) / name.lower()) for name in ("IPYTHONDIR", "MPLCONFIGDIR")}
    own |= {f"JUPYTER_{name}_DIR": str(Path(folder) / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    return {**kept, **own, URL: gold_url, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def client(notebook: NotebookNode, folder: str) -> NotebookClient:
    """What runs the notebook's cells, in a kernel of this very Python."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        """Knows one kernel, whatever others are installed under its name."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return KernelSpec(argv=COMMAND, display_name="Python 3", language="python", name=kernel_name)

    # By sockets in a folder of ours: nobody else on the machine can talk to the kernel, and no network is needed.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=ThisPython(),
        transport="ipc",
        connection_file=f"{folder}/kernel.json",
        shutdown_wait_time=2,
    )
    made = NotebookClient(
        notebook,
        km=manager,
        timeout=SECONDS,
        record_timing=False,
        extra_arguments=["--InteractiveShellApp.ignore_cwd=True", "--InteractiveShellApp.exec_PYTHONSTARTUP=False"],
    )
    made.owns_km = True  # it ends the kernel
    return made
