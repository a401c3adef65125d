"""Lands a drop in bronze: all of its files, or nothing.

Files are read, hashed and written to a staging folder side by side; only when every one of them was read to its
end do the objects get their names and the ledger its entry. A killed landing leaves at most objects without an
entry, which hold what the next try would write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from keystone_nexus.contracts.catalog import table, tables
from keystone_nexus.lake.errors import Refused
from keystone_nexus.lake.lake import Lake
from keystone_nexus.lake.ledger import BronzeFile, Entry, Ledger, append, now, read
from keystone_nexus.lake.lock import FIRST_DAY
from keystone_nexus.lake.publish import digest
from keystone_nexus.source.drop import Guarded, SourceFile, open_drop
from keystone_nexus.source.recognise import recognise
from keystone_nexus.source.records import RecordReader

READERS = 2
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Landed:
    """What a drop came to: the new ledger entry (None where every byte was known), the files already held, and what
    lay beside them and is no CSV file."""

    entry: Entry | None
    known: list[str]
    passed_over: list[str]


@dataclass(frozen=True, slots=True)
class _Staged:
    file: BronzeFile
    path: Path


def land(lake: Lake, source: str, progress: Progress = lambda _: None) -> Landed:
    """Lands a drop. The caller holds the lake's lock. Raises Refused, before anything is published."""
    with open_drop(source) as files, lake.store.staging() as folder:
        ledger, at = read(lake), now()
        staged, known = _stage(ledger, files, folder, at, progress)
        _check_complete(ledger, staged, source)
        if not staged:
            return Landed(None, known, files.passed_over)
        for one in staged:
            # What is there has no entry: a landing was killed, perhaps of a version that wrote other bytes.
            lake.store.put(one.file.object, one.path)
        entry = _entry(ledger, source, at, [s.file for s in staged])
        append(lake, entry)
        return Landed(entry, known, files.passed_over)


def brings_new_files(ledger: Ledger, source: str) -> bool:
    """Whether a drop has a file of a size that the ledger does not know: a guess that costs no reading.

    A packed file is known by its name or by the size that gzip notes of its text.
    """
    sizes = _sizes(ledger)
    names = set(ledger.known.values())
    with open_drop(source) as files:
        return any((f.hint not in sizes and f.name not in names) if f.packed else f.size not in sizes for f in files)


def _sizes(ledger: Ledger) -> set[int]:
    return {f.size for e in ledger.entries for f in e.files}


@contextmanager
def staged_drop(lake: Lake, source: str) -> Iterator[Landed]:
    """A drop as it would land: its entry names staged objects, which are gone afterwards."""
    with open_drop(source) as files, lake.store.staging() as folder:
        ledger, at = read(lake), now()
        staged, known = _stage(ledger, files, folder, at, lambda _: None)
        _check_complete(ledger, staged, source)
        records = [replace(s.file, object=str(s.path)) for s in staged]
        yield Landed(_entry(ledger, source, at, records) if records else None, known, files.passed_over)


def _entry(ledger: Ledger, source: str, at: str, files: list[BronzeFile]) -> Entry:
    return Entry(ledger.position + 1, at, source.rstrip("/").rpartition("/")[2], files)


def _stage(
    ledger: Ledger, files: list[SourceFile], folder: Path, at: str, progress: Progress
) -> tuple[list[_Staged], list[str]]:
    """Stages every file that the ledger does not hold yet, the largest first."""
    sizes = _sizes(ledger)

    def one(numbered: tuple[int, SourceFile]) -> _Staged | str:
        number, file = numbered
        if (file.hint if file.packed else file.size) in sizes and (held := _held(ledger, file)):
            progress(f"{file.name}: already in the lake (as {held})")
            return file.name
        staged = _stage_file(file, folder / f"{number}.parquet", at)
        progress(f"{file.name}: {staged.file.rows:,} records of {staged.file.table}")
        return staged

    numbered = sorted(enumerate(files), key=lambda f: -f[1].size)
    with ThreadPoolExecutor(READERS) as pool:
        try:
            done = list(pool.map(one, numbered))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    staged: dict[tuple[str, str], _Staged] = {}
    known = [d for d in done if isinstance(d, str)]
    for new in sorted((d for d in done if isinstance(d, _Staged)), key=lambda s: (_order(s), s.file.name)):
        same = (new.file.table, new.file.sha256)
        if same in ledger.known or same in staged:
            known.append(new.file.name)
        else:
            staged[same] = new
    return list(staged.values()), sorted(known)


def _order(staged: _Staged) -> int:
    return list(tables()).index(staged.file.table)


def _held(ledger: Ledger, file: SourceFile) -> str | None:
    """The name under which the ledger holds a file's bytes. Only asked where a size agrees: it reads the file."""
    with file.open() as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
        hexdigest = digest.hexdigest()
    return next((name for (_, sha), name in ledger.known.items() if sha == hexdigest), None)


class _Hashing:
    """Hashes and counts a stream as it is read."""

    def __init__(self, stream: Guarded) -> None:
        self.digest = hashlib.sha256()
        self.size = 0
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(size)
        self.digest.update(chunk)
        self.size += len(chunk)
        return chunk


def _stage_file(file: SourceFile, path: Path, at: str) -> _Staged:
    """Reads one CSV to one staged Parquet object."""
    with file.open() as stream:
        hashing = _Hashing(stream)
        reader = RecordReader(hashing, file.name)
        found = recognise(file.name, reader.header)
        tally = _Tally(table(found.table).own_day, at)
        # Statistics of texts that are ids tell a reader nothing, and take a tenth of the time.
        with pq.ParquetWriter(path, reader.schema, compression="snappy", write_statistics=False) as writer:
            for batch in _ahead(reader.batches()):
                tally.add(batch)
                writer.write_table(batch)
    sha256 = hashing.digest.hexdigest()
    record = BronzeFile(
        table=found.table,
        name=file.name,
        sha256=sha256,
        size=hashing.size,
        object=f"bronze/{found.table}/{sha256}.parquet",
        object_sha256=digest(path),
        rows=reader.rows,
        columns=reader.header,
        extra_columns=found.extra_columns,
        broken=tally.broken,
        first_day=tally.first,
        last_day=tally.last,
    )
    return _Staged(record, path)


def _ahead(batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Reads one batch ahead on another thread, so that parsing and writing overlap."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


class _Tally:
    """Counts broken records by kind and finds the first and last plausible day, while the batches pass."""

    def __init__(self, day_column: str | None, at: str) -> None:
        self._day_column = day_column
        # By the time of the entry, as the rules will judge it: not by a clock that may pass midnight meanwhile.
        self._latest = date.fromisoformat(at[:10]) + timedelta(days=1)
        self.broken: dict[str, int] = {}
        self.first: str | None = None
        self.last: str | None = None

    def add(self, batch: pa.Table) -> None:
        broken = pl.Series(batch["_broken"])
        if broken.null_count() < len(broken):
            for kind, count in broken.drop_nulls().value_counts().iter_rows():
                self.broken[kind] = self.broken.get(kind, 0) + count
        if self._day_column is None:
            return
        text = pl.Series(batch[self._day_column]).str.strip_chars().str.slice(0, 10)
        text = text.filter(text.str.contains(r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$"))
        days = text.str.to_date("%Y-%m-%d", strict=False)
        found = days.filter(days.is_between(FIRST_DAY, self._latest))
        if found.len():
            self.first = min(self.first or "9999", str(found.min()))
            self.last = max(self.last or "", str(found.max()))


def _check_complete(ledger: Ledger, staged: list[_Staged], source: str) -> None:
    """The first drop must bring all tables: a lake without its dimensions rejects every row."""
    if ledger.entries:
        return
    missing = [t for t in tables() if t not in {s.file.table for s in staged}]
    if missing:
        raise Refused(
            f"{source} is the lake's first drop and lacks {', '.join(missing)}: "
            "deliver all nine tables once (a header alone is enough), then any of them"
        )
