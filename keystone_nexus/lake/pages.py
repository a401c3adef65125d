"""Where what people open is written: a folder, whose files of a lake on S3 go to its bucket in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keystone_nexus.lake.lake import Lake

FOLDER = "analytics/"


@contextmanager
def pages(lake: Lake) -> Iterator[Path]:
    """A folder to write pages to, each whole. What is in it at the end is published; after a fault nothing is."""
    if not lake.on_s3:
        folder = lake.layer("analytics")
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with lake.store.staging() as folder:
        yield folder
        made = [path for path in folder.rglob("*") if path.is_file()]
        lake.store.replace({key_of(path, folder): path for path in made})


def key_of(path: Path, folder: Path) -> str:
    """The key of a page that was written below `folder`."""
    return FOLDER + path.relative_to(folder).as_posix()
