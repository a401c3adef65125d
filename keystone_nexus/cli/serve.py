"""`keystone ui`: the Dagster UI with the lake's instance set up."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from keystone_nexus.cli.main import open_lake
from keystone_nexus.lake.errors import EnvironmentFault

WORKSPACE = Path(__file__).parents[2] / "workspace.yaml"


def ui(arguments: argparse.Namespace) -> int:
    """Webserver and daemon in the foreground, until interrupted."""
    from keystone_nexus.orchestration.instance import open_instance
    from keystone_nexus.orchestration.runner import close_partitions

    lake = open_lake(arguments)
    close_partitions(lake)
    with open_instance(lake):
        pass  # the instance is made by one process before several open it
    scripts = Path(sys.executable).parent
    web = [str(scripts / "dagster-webserver"), "-h", arguments.host, "-p", str(arguments.port), "-w", str(WORKSPACE)]
    daemon = [str(scripts / "dagster-daemon"), "run", "-w", str(WORKSPACE)]
    print(f"Dagster on http://{arguments.host}:{arguments.port} for {lake.root} (Ctrl-C stops it)", flush=True)
    processes = [subprocess.Popen(command, env=os.environ) for command in (web, daemon)]
    try:
        for process in processes:
            process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
    if any(p.returncode not in (0, -15, -2, 130) for p in processes):
        raise EnvironmentFault(f"the UI stopped: is port {arguments.port} in use? choose another with --port")
    return 0
