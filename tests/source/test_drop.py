"""What a source may be: directories, archives and single files that are not what they should be are refused by name."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keystone_nexus.lake.errors import Refused
from keystone_nexus.source.drop import open_drop
from tests.conftest import ROOT
from tests.helpers import HELD_BACK, Member, deflate, forge_archive, header_of, write_archive

ORDERS = header_of("orders").encode()
SELLERS = header_of("sellers").encode()


def contents(source: Path | str) -> dict[str, bytes]:
    """Name -> bytes of every file of a drop."""
    found: dict[str, bytes] = {}
    with open_drop(str(source)) as files:
        for file in files:
            with file.open() as stream:
                found[file.name] = b"".join(iter(lambda s=stream: s.read(1 << 20), b""))
    return found


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_is_read_in_place(tmp_path: Path, method: int) -> None:
    path = tmp_path / "olist.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.mkdir("deep")
        archive.writestr("deep/orders.csv", ORDERS)
        archive.writestr("sellers.CSV", SELLERS)
        archive.writestr("__MACOSX/deep/orders.csv", b"\0\5\26\7")
        archive.writestr("__MACOSX/deep/._orders.csv", b"\0\5\26\7")
        archive.writestr("deep/._orders.csv", b"\0\5\26\7")
        archive.writestr(".DS_Store", b"x")
        archive.writestr("README.md", b"x")
        archive.writestr("older.zip", b"x")
    assert contents(path) == {"deep/orders.csv": ORDERS, "sellers.CSV": SELLERS}
    assert [p.name for p in tmp_path.iterdir()] == ["olist.zip"]
    unnamed = path.rename(tmp_path / "olist")
    assert contents(unnamed).keys() == {"deep/orders.csv", "sellers.CSV"}


@pytest.mark.parametrize(
    "name",
    ["../orders.csv", "a/../../orders.csv", "/tmp/orders.csv", "..\\orders.csv", "C:\\orders.csv", "d:/orders.csv"],
)
def test_a_member_that_points_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = write_archive(tmp_path / "x.zip", {"sellers.csv": SELLERS, name: ORDERS})
    with pytest.raises(Refused, match="points outside the archive"):
        contents(path)
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([Member("orders.csv", ORDERS, len(ORDERS), method=0, flags=0x1)], "orders.csv is encrypted"),
        ([Member("orders.csv", ORDERS, len(ORDERS), method=99)], "orders.csv.*compression method"),
        ([Member("orders.csv", ORDERS, len(ORDERS), method=0, crc=1)], "orders.csv.*damaged"),
        ([Member("orders.csv", ORDERS, len(ORDERS), crc=1)], "orders.csv.*damaged"),
        ([Member("orders.csv", ORDERS, len(ORDERS), method=12)], "orders.csv.*damaged|cannot be read"),
        ([Member("orders.csv", ORDERS, len(ORDERS) + 1, method=0)], "orders.csv.*(damaged|changed)"),
        ([Member("a.csv", b"", 0), Member("a.csv", b"", 0)], "a.csv.* more than once"),
        ([Member(f"{n}.csv", b"", 0) for n in range(10_000)], "10,000 members"),
        ([Member("inner.zip", b"", 0)], "holds an archive .inner.zip."),
        ([Member("README.md", b"", 0)], "holds no CSV file"),
        ([], "holds no CSV file"),
    ],
)
def test_a_bad_archive_is_refused(tmp_path: Path, members: list[Member], why: str) -> None:
    with pytest.raises(Refused, match=why):
        contents(forge_archive(tmp_path / "x.zip", members))


def test_an_archive_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "x.zip", {"orders.csv": ORDERS})
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Refused, match=r"no readable zip archive.*download it again"):
        contents(path)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from([0, 8, 12, 14]))
def test_a_damaged_archive_is_refused_or_gives_the_true_bytes(data: st.DataObject, method: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("orders.csv", ORDERS * 3)
            archive.writestr("sellers.csv", SELLERS)
        damaged = bytearray(path.read_bytes())
        for at, byte in data.draw(
            st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=4)
        ):
            damaged[at] = byte
        path.write_bytes(damaged[: data.draw(st.integers(len(damaged) - 40, len(damaged)))])
        try:
            found = contents(path)
        except Refused:
            return
        assert set(found.values()) <= {ORDERS * 3, SELLERS}


GIGABYTES_10 = 160
FILLER = b",,,,,,,\n" * (8 << 20)


@pytest.fixture(scope="module")
def swollen() -> bytes:
    """Ten megabytes that unpack to a CSV of ten gigabytes."""
    return deflate(ORDERS, FILLER, GIGABYTES_10)


@pytest.mark.parametrize(
    ("size", "packed"),
    [
        (len(FILLER) * GIGABYTES_10, None),
        (1 << 20, None),
        (0, None),
        (40 << 20, None),
        (10 << 30, 5 << 30),
        (4 << 30, 1 << 30),
    ],
)
def test_a_zip_bomb_is_refused_before_it_swells(tmp_path: Path, swollen: bytes, size: int, packed: int | None) -> None:
    path = forge_archive(tmp_path / "bomb.zip", [Member("orders.csv", swollen, size, packed)])
    limits = (256 << 20, 256 << 20)
    child = (
        "import sys; from keystone_nexus.lake.errors import Refused\n"
        "from keystone_nexus.lake.lake import Lake; from pathlib import Path\n"
        "from keystone_nexus.source.land import land\n"
        "lake = Lake(Path(sys.argv[2])); lake.create()\n"
        "try: land(lake, sys.argv[1])\n"
        "except Refused as error: print(error)\n"
        # Not ru_maxrss, which a child takes over from the process that started it.
        "print(next(int(l.split()[1]) >> 10 for l in open('/proc/self/status') if l.startswith('VmHWM')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", child, str(path), str(tmp_path / "lake")],
        capture_output=True, text=True, cwd=ROOT, timeout=20, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said, _, megabytes = done.stdout.strip().rpartition("\n")
    assert "orders.csv" in said or "bomb.zip" in said
    assert int(megabytes) < 600


def test_many_members_that_swell_a_little_are_a_bomb_too(tmp_path: Path) -> None:
    one = deflate(ORDERS, b"0" * (1 << 20), 60)
    members = [Member(f"{n}.csv", one, len(ORDERS) + (60 << 20)) for n in range(30)]
    with pytest.raises(Refused, match="zip bomb"):
        contents(forge_archive(tmp_path / "x.zip", members))


def test_a_directory_gives_its_csv_files_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.CSV", ".hidden.csv", "notes.txt"):
        (tmp_path / name).write_bytes(ORDERS)
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "b.csv")
    assert list(contents(tmp_path)) == ["a.CSV", "b.csv", "link.csv"]


def missing(folder: Path) -> Path:
    return folder / "nothing"


def empty(folder: Path) -> Path:
    return folder


def text_file(folder: Path) -> Path:
    (folder / "notes.txt").write_text("x")
    return folder / "notes.txt"


def no_archive(folder: Path) -> Path:
    (folder / "x.zip").write_bytes(ORDERS)
    return folder / "x.zip"


def dangling_link(folder: Path) -> Path:
    (folder / "sellers.csv").write_bytes(SELLERS)
    (folder / "orders.csv").symlink_to(folder / "gone.csv")
    return folder


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "orders.csv")
    return folder / "orders.csv"


def no_text_name(folder: Path) -> Path:
    path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9"))
    path.mkdir()
    (path / "orders.csv").write_bytes(ORDERS)
    return path


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (missing, "there is no .*nothing"),
        (empty, "holds no CSV file"),
        (text_file, "notes.txt is neither a directory nor a zip archive nor a CSV file"),
        (no_archive, "x.zip is no readable zip archive"),
        (dangling_link, "orders.csv.* cannot be read"),
        (pipe, "orders.csv is no regular file"),
        (no_text_name, r"caf\\xe9.*rename"),
    ],
)
def test_a_source_that_is_none_is_refused(tmp_path: Path, make: Callable[[Path], Path], why: str) -> None:
    with pytest.raises(Refused, match=why):
        contents(make(tmp_path))


def test_a_file_whose_name_is_no_text_is_named_readably(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/orders_caf\xe9.csv")).write_bytes(ORDERS)
    assert contents(tmp_path) == {r"orders_caf\xe9.csv": ORDERS}


@pytest.mark.parametrize("closed", ["drop", "drop/orders.csv", "x.zip", "."])
def test_without_permission_it_is_refused_by_name(tmp_path: Path, closed: str) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "orders.csv").write_bytes(ORDERS)
    archive = write_archive(tmp_path / "x.zip", {"orders.csv": ORDERS})
    source = archive if closed == "x.zip" else drop
    (tmp_path / closed).chmod(0)
    child = (
        "import sys; from keystone_nexus.lake.errors import Refused; from keystone_nexus.source.drop import open_drop\n"
        "try:\n"
        "    with open_drop(sys.argv[1]) as files:\n"
        "        with files[0].open() as stream: stream.read(1)\n"
        "except Refused as error: print(error)\n"
    )
    done = subprocess.run(
        [*HELD_BACK, sys.executable, "-c", child, str(source)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    (tmp_path / closed).chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "cannot be read: Permission denied" in done.stdout
    assert Path(closed).name in done.stdout
