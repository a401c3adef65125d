"""`keystone fetch` and `keystone generate`: data to begin with."""

from __future__ import annotations

import argparse
from pathlib import Path

from keystone_nexus.cli.show import Progress, print_json, print_table
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.place import keep_out_of_lakes


def fetch(arguments: argparse.Namespace) -> int:
    """The dataset from Kaggle, by Kaggle's own client and the user's token."""
    from keystone_nexus.source.kaggle import download

    keep_out_of_lakes(Path(arguments.out), "--out")
    path = download(Path(arguments.out))
    print(f"{path}\nrun `keystone run --source {path}`")
    return 0


def generate(arguments: argparse.Namespace) -> int:
    """Nine synthetic CSV files."""
    from keystone_nexus.source.synthetic import generate as make

    if not 0.0001 <= arguments.scale <= 1000:
        raise Refused(f"--scale {arguments.scale:g} is out of range: 0.0001 to 1000")
    if Path(arguments.out).exists() and not Path(arguments.out).is_dir():
        raise Refused(f"--out {arguments.out} is a file: name a directory, which is made if it is missing")
    keep_out_of_lakes(Path(arguments.out), "--out")
    progress = Progress(quiet=arguments.quiet)
    rows = make(Path(arguments.out), arguments.scale, arguments.seed, lambda table, n: progress(f"{table}: {n:,} rows"))
    progress.done()
    if arguments.json:
        print_json(rows)
    else:
        print_table(["table", "rows"], list(rows.items()))
    return 0
