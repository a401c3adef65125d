"""`keystone export`: a relation as a file for other programs."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_json


def export(arguments: argparse.Namespace) -> int:
    """Writes one relation as CSV, Parquet or Excel, and says what of it is masked."""
    from keystone_nexus.glue.ask import brought
    from keystone_nexus.lake.export import export as write

    out = Path(arguments.out)
    lake = open_lake(arguments)
    opened = partial(brought, lake, arguments.relation) if lake.on_s3 else None
    done = write(lake, arguments.relation, out, with_personal_data=arguments.with_personal_data, opened=opened)
    if arguments.json:
        print_json({"relation": done.relation, "path": str(done.path), "rows": done.rows, "masked": done.masked})
        return 0
    print(f"{done.path}: {done.rows:,} rows of {done.relation}")
    if done.masked:
        print(f"personal, so written as digests: {', '.join(done.masked)} (in full: --with-personal-data)")
    return 0
