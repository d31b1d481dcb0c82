"""A full disk: each command is refused in one sentence and leaves nothing, and all goes on when there is room."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from ask import ANNA, Ask
from forking import Programs
from programs import BEGUN, copying, filling, reacting_engine

from postgres_server import Server
from salesreg.errors import StoreUnavailable
from salesreg.testing import ManualClock

SIZE = 1_000_000


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path | None]:
    """A file system that is small; none where this user may not mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={4 * SIZE}", "none", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("on_its_own", [True, False], ids=["file system", "limit"])
def test_a_full_disk_refuses_each_command_and_loses_none_that_was_acknowledged(
    others: Programs, tmp_path: Path, small: Path | None, on_its_own: bool
):
    """A file system of its own that is full, where one can be mounted; else, and also, a limit for every file."""
    folder, sent, room = tmp_path, tmp_path / "sent", ""
    sent.touch()
    if on_its_own and small is not None:
        folder = small
        in_the_way = small / "in the way"
        in_the_way.write_bytes(b"x" * (2 * SIZE))
        room = str(in_the_way)
    path = folder / "requests.db"
    reported = others.start(filling, f"sqlite:///{path}", sent, room, SIZE).wait()
    before, after = reported[: reported.index("full")], reported[reported.index("room") + 1 :]
    meanwhile = reported[reported.index("full") + 1 : reported.index("room")]
    assert len(before) > 10
    refused = [one for one in meanwhile if "StoreUnavailable" in one]
    assert refused[0].startswith("command ")
    assert all(f"{path} " in one and "the disk is full" in one and "nothing was written" in one for one in refused)
    assert "question went well" in meanwhile
    assert meanwhile[-1] == "verified ()"
    assert after[-1] == "tick went well"
    with reacting_engine(f"sqlite:///{path}", ManualClock(BEGUN)) as engine:
        assert engine.verify() == ()
        found = Counter(
            event.command_key
            for case in engine.cases(limit=100_000)
            for event in engine.history(case)
            if event.command_key and not event.command_key.startswith("timer:")
        )
        assert found == Counter(["shared", *before, *after[:-1]])
    assert set(Counter(sent.read_text("utf-8").splitlines()).values()) == {1}


@contextmanager
def filled_up(server: Server, *, on_its_own: bool) -> Iterator[tuple[str, Callable[[], object], str]]:
    """An address at which there is little room, what gives room, and what the server says until then."""
    small = server.folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={4 * SIZE}", "none", str(small)]
    if not on_its_own or os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        # Its own tables and its log fit into files of this size.
        server.stop("fast")
        server.start(largest_file=2 * SIZE)

        def restart() -> None:
            server.stop("fast")
            server.start()

        yield server.url, restart, "could not extend file"
        return
    try:
        in_the_way, place = small / "in the way", small / "tables"
        place.mkdir()
        shutil.chown(place, "nobody")
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        in_the_way.write_bytes(b"x" * SIZE)
        yield f"{server.url}&options=-c%20default_tablespace%3Dsmall", in_the_way.unlink, "the disk is full"
    finally:
        subprocess.run(["umount", "--lazy", str(small)], check=True)


@pytest.mark.parametrize("on_its_own", [True, False], ids=["file system", "limit"])
def test_a_full_disk_of_a_server_refuses_each_command_and_loses_none_that_was_acknowledged(on_its_own: bool):
    draw = random.Random(20260302)
    with (
        Server.made("fsync=off", initdb=["--wal-segsize=1"]) as server,
        filled_up(server, on_its_own=on_its_own) as (url, make_room, said),
        reacting_engine(url, ManualClock(BEGUN)) as engine,
    ):
        acknowledged: list[str] = []

        def ask(number: int, size: int) -> None:
            text = "".join(map(chr, draw.choices(range(0x400, 0x4FF), k=size)))  # does not grow smaller when packed
            engine.start(Ask.ask(text=text), by=ANNA, case_id=f"r{number}")
            acknowledged.append(f"r{number}")

        def fill() -> None:
            for number in range(100):
                ask(number, 50_000)

        with pytest.raises(StoreUnavailable) as refused:
            fill()
        assert said in str(refused.value)
        assert "nothing was written" in str(refused.value)
        assert len(acknowledged) > 2
        full = len(acknowledged)
        with pytest.raises(StoreUnavailable):
            ask(full, 50_000)
        assert [case.id for case in engine.cases(order="id")] == sorted(acknowledged)
        assert engine.verify() == ()
        make_room()
        for number in range(full, full + 3):
            ask(number, 50_000)
        engine.tick()
        assert [case.id for case in engine.cases(Ask, order="id")] == sorted(acknowledged)
        assert engine.verify() == ()


def test_a_backup_that_does_not_fit_says_where_and_leaves_nothing_behind(
    others: Programs, tmp_path: Path, small: Path | None
):
    path, folder = tmp_path / "requests.db", tmp_path / "limited" if small is None else small
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, reacting_engine(f"sqlite:///{path}", ManualClock(BEGUN)):
        connection.execute("CREATE TABLE of_an_app (large BLOB)")
        connection.execute("INSERT INTO of_an_app VALUES (zeroblob(?))", (5 * SIZE,))
        connection.commit()
    said, faults = others.start(copying, path, folder / "copy.db", SIZE if small is None else 0).wait()
    assert said.startswith(f"{folder / 'copy.db'} ")
    assert "the disk is full" in said
    assert faults == "()"
    assert list(folder.iterdir()) == []
