"""`keystone catalog`: the tables of Glue from the contracts."""

from __future__ import annotations

import argparse

from keystone_nexus.cli.main import open_lake
from keystone_nexus.cli.show import print_json, print_table
from keystone_nexus.lake.errors import Refused


def catalog(arguments: argparse.Namespace) -> int:
    """`plan` says what Glue lacks and returns 1 where it lacks something; `apply` mends it."""
    from keystone_nexus.glue.lake import apply_to, plan_of

    lake = open_lake(arguments, must_exist=False)
    if not lake.on_s3:
        raise Refused(f"{lake} is a folder, which no Glue knows: name a lake on S3 with --lake s3://NAME")
    applying = arguments.action == "apply"
    found = apply_to(lake) if applying else plan_of(lake)
    if arguments.json:
        print_json(
            [
                {"database": d.database, "table": d.table, "kind": d.kind, "said": d.said, "mended": applying}
                for d in found
            ]
        )
    else:
        print_table(
            ["database", "table", "difference", "which"],
            [[d.database, d.table, d.kind, d.said] for d in found],
            "Glue has what the contracts say",
        )
        if applying and found:
            print(f"\n{len(found):,} differences mended")
    return 1 if found and not applying else 0
