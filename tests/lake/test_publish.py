"""A file stands under its name whole or not at all, whatever happens to whom writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from keystone_nexus.lake import publish
from keystone_nexus.lake.acceptances import accept, accepted
from keystone_nexus.lake.days import object_key, publish_days, publish_object
from keystone_nexus.lake.publish import put_if_absent, staging, sweep, write_new, write_over
from keystone_nexus.lake.store import Folder
from tests.small_drops import new_lake


def staged(folder: Path, content: bytes) -> Path:
    path = folder / "staged"
    path.write_bytes(content)
    return path


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_staging_leaves_nothing_behind(tmp_path: Path) -> None:
    with staging(tmp_path) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text("x")
    assert names(tmp_path / publish.STAGING) == []


def test_staging_leaves_nothing_behind_when_the_work_fails(tmp_path: Path) -> None:
    def work() -> None:
        with staging(tmp_path) as folder:
            (folder / "file").write_text("x")
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        work()
    assert names(tmp_path / publish.STAGING) == []


def test_two_stagings_do_not_meet(tmp_path: Path) -> None:
    with staging(tmp_path) as one, staging(tmp_path) as other:
        (one / "file").write_text("one")
        assert names(other) == []


@pytest.mark.parametrize("second", [b"the same", b"other"])
def test_what_is_there_stays_and_the_staged_file_is_gone(tmp_path: Path, second: bytes) -> None:
    target = tmp_path / "target"
    assert put_if_absent(staged(tmp_path, b"the same"), target)
    assert not put_if_absent(staged(tmp_path, second), target)
    assert target.read_bytes() == b"the same"
    assert names(tmp_path) == ["target"]


def test_writing_new_keeps_and_writing_over_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert write_new(path, b"first")
    assert not write_new(path, b"second")
    assert path.read_bytes() == b"first"
    write_over(path, b"third")
    assert path.read_bytes() == b"third"
    assert names(tmp_path) == ["file"]


def test_a_write_that_fails_leaves_neither_the_file_nor_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_new(tmp_path / "file", b"content")
    assert names(tmp_path) == []


def killed_writer(lake: Path) -> int:
    """A process that dies with a staging folder and files aside. Returns its id."""
    code = (
        "import os, pathlib, sys\n"
        "from keystone_nexus.lake import publish\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "staging = publish.staging(root)\n"
        "folder = staging.__enter__()\n"
        "(folder / 'half').write_text('x')\n"
        "held = []\n"
        "for name in publish.ASIDE:\n"
        "    (root / name).mkdir(parents=True, exist_ok=True)\n"
        "    held.append(publish._aside(root / name / 'file', b'half'))\n"
        "    held[-1].__enter__()\n"
        "os._exit(9)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(lake)])
    assert process.wait() == 9
    return process.pid


def test_what_a_killed_process_left_is_swept_and_a_living_one_is_spared(tmp_path: Path) -> None:
    lake = new_lake(tmp_path / "lake").root
    killed_writer(lake)
    assert len(list(lake.rglob(".new-*"))) == len(publish.ASIDE)
    with staging(lake) as mine, publish._aside(lake / "file", b"in progress") as aside:
        assert sweep(lake) == 1 + len(publish.ASIDE)
        assert mine.exists()
        assert aside.exists()
    assert not list(lake.rglob(".new-*"))
    assert sweep(lake) == 0


def test_a_writer_in_another_container_is_spared(tmp_path: Path) -> None:
    """Its number is nobody's here, or somebody else's: what counts is that it holds the lock of what it writes."""
    lake = new_lake(tmp_path / "lake").root
    code = (
        "import os, pathlib, sys\n"
        "from keystone_nexus.lake import publish\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "with publish.staging(root) as folder, publish._aside(root / 'file', b'in progress') as aside:\n"
        "    print(folder, aside, os.getpid(), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    elsewhere = ["unshare", "--pid", "--fork", "--kill-child"] if os.geteuid() == 0 else []
    with subprocess.Popen(
        [*elsewhere, sys.executable, "-c", code, str(lake)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdin is not None
        folder, aside, pid = writer.stdout.readline().split()
        assert not elsewhere or int(pid) < 10
        assert sweep(lake) == 0
        assert Path(folder).exists()
        assert Path(aside).exists()
        writer.stdin.close()
        assert writer.wait(20) == 0
    assert sweep(lake) == 0
    assert not list(lake.rglob(".new-*"))


def test_a_file_that_a_sweep_took_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, swept = publish.tempfile.mkstemp, list[str]()

    def unlucky(**options: Path) -> tuple[int, str]:
        descriptor, name = made(**options)
        if not swept:
            swept.append(name)
            assert sweep(tmp_path) == 1
        return descriptor, name

    monkeypatch.setattr(publish.tempfile, "mkstemp", unlucky)
    assert write_new(tmp_path / "file", b"whole")
    assert names(tmp_path) == ["file"]
    assert swept


def test_what_was_left_of_an_acceptance_is_swept_too(tmp_path: Path) -> None:
    lake = new_lake(tmp_path / "lake")
    accept(lake, "silver/orders", "row_rules", None, "known", None)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (lake.root / "accepted" / f".new-{dead.pid}-half").write_bytes(b"{")
    assert sweep(lake.root) == 1
    assert len(accepted(lake)) == 1


def test_sweeping_meets_an_owner_that_just_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is seen, and gone before it is opened."""
    (tmp_path / publish.STAGING).mkdir()
    monkeypatch.setattr(Path, "glob", lambda self, _: iter([self / "gone"] if self.name == publish.STAGING else []))
    assert sweep(tmp_path) == 0


def test_a_folder_that_a_sweep_took_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publish.tempfile.mkdtemp
    swept: list[str] = []

    def unlucky(**options: Path) -> str:
        folder = made(**options)
        if not swept:
            swept.append(folder)
            assert sweep(tmp_path) == 1
        return folder

    monkeypatch.setattr(publish.tempfile, "mkdtemp", unlucky)
    with staging(tmp_path) as folder:
        (folder / "file").write_text("x")
        assert str(folder) != swept[0]


def test_a_day_that_loses_its_rows_loses_its_file_and_its_folders(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    fifth, sixth = object_key("orders", date(2018, 1, 5)), object_key("orders", date(2018, 1, 6))
    for key in (fifth, sixth):
        publish_object(store, staged(tmp_path, b"x"), key)
    store.remove([fifth])
    store.remove([fifth])
    assert store.exists(sixth)
    assert names(tmp_path / "orders/year=2018/month=01") == ["day=06"]
    publish_days(store, tmp_path / "nothing", "orders", date(2018, 1, 1), date(2018, 1, 31))
    assert names(tmp_path / "orders") == []


def test_a_month_that_another_run_emptied_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of different days share the month's folder, and who removes its last day removes it."""
    key = object_key("orders", date(2018, 1, 5))
    replace, removed = os.replace, list[Path]()

    def unlucky(source: Path, to: Path) -> None:
        if not removed:
            for folder in list(to.parents)[:3]:
                folder.rmdir()
            removed.append(to)
        replace(source, to)

    monkeypatch.setattr(os, "replace", unlucky)
    publish_object(Folder(tmp_path), staged(tmp_path, b"x"), key)
    assert Folder(tmp_path).read(key) == b"x"


def test_an_object_that_was_never_staged_is_no_endless_wait(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        publish_object(Folder(tmp_path), tmp_path / "nothing", "target")


def test_days_outside_the_range_are_left_alone(tmp_path: Path) -> None:
    store, key = Folder(tmp_path), object_key("orders", date(2018, 1, 5))
    publish_object(store, staged(tmp_path, b"x"), key)
    publish_days(store, tmp_path / "nothing", "orders", date(2018, 1, 6), date(2018, 2, 5))
    assert store.read(key) == b"x"
