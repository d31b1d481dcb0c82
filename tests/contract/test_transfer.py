"""Export and import: everything goes over, to a store of another kind, also when it is broken off; and backups."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.cli import main
from salesreg.commercial import COMMERCIAL
from salesreg.engine.check import check, sealed
from salesreg.engine.codec import Pages
from salesreg.engine.transfer import check_imported, exported, imported
from salesreg.errors import RecordError, StoreUnavailable
from salesreg.ports import KeptCase, KeptEvent, Store
from salesreg.testing._records import batch, case
from salesreg.testing._store_archive import fill
from salesreg.testing.commercial import Desk

PAGES = Pages(COMMERCIAL)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's month: every process, keys, timers, messages."""
    path = tmp_path_factory.mktemp("month") / "month.db"
    assert main(["demo", "--db", str(path)]) == 0
    return path


def kept(store: Store) -> list[object]:
    return [
        msgspec.structs.replace(one, event=msgspec.structs.replace(one.event, position=0))
        if isinstance(one, KeptEvent)
        else one
        for one in store.archive()
    ]


def test_an_export_makes_an_equal_store_of_another_kind_and_back(month: Path, tmp_path: Path):
    with closing(SqliteStore(month)) as store:
        lines = list(exported(store))
        memory = MemoryStore()
        assert imported(memory, lines) == len(lines) - 2
        assert kept(memory) == kept(store)
        assert check(memory, PAGES).problems == []
        assert sealed(memory) == sealed(store)
    with closing(SqliteStore(tmp_path / "again.db")) as again:
        imported(again, exported(memory))
        assert list(exported(again)) == lines
        assert check(again, PAGES).problems == []


def test_every_kind_of_record_goes_over():
    store, other = MemoryStore(), MemoryStore()
    fill(store)
    imported(other, exported(store))
    assert kept(other) == kept(store)
    assert {json.loads(line)["kind"] for line in exported(other)} >= {
        "regulation", "page", "mark", "case", "event", "command", "message", "end",
    }  # fmt: skip


def test_an_import_broken_off_anywhere_goes_on_where_it_stood(month: Path):
    with closing(SqliteStore(month)) as store:
        lines, whole = list(exported(store)), kept(store)
    draw, other = random.Random(7), MemoryStore()
    places = sorted(draw.sample(range(1, len(lines)), 6))
    for place in places:
        with pytest.raises(RecordError, match="ends after line"):
            imported(other, lines[:place])
        with pytest.raises(StoreUnavailable, match="broken off"):
            check_imported(other)
        assert any("an import into it was broken off" in one for one in check(other, PAGES).problems)
    assert imported(other, lines) == len(lines) - 2
    assert kept(other) == whole


SLOW = """
import sys, time
from salesreg.adapters.sqlite import SqliteStore
from salesreg.engine.transfer import imported

def some(file, stop):
    for number, line in enumerate(open(file, "rb")):
        if number == stop:
            print("here", flush=True)
            time.sleep(60)
        yield line

imported(SqliteStore(sys.argv[2]), some(sys.argv[1], int(sys.argv[3])))
"""


def test_an_import_killed_half_way_is_run_again(month: Path, tmp_path: Path):
    lines, target = tmp_path / "month.jsonl", tmp_path / "new.db"
    assert main(["db", "export", "--db", str(month), "--to", str(lines)]) == 0
    count = len(lines.read_bytes().splitlines())
    for place in (count // 3, count // 2, count - 1):
        command = [sys.executable, "-c", SLOW, str(lines), str(target), str(place)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"here\n"
            running.kill()
    with closing(SqliteStore(target)) as store:
        assert store.mark("import") is not None, "some of it was kept"
    assert main(["db", "import", str(lines), "--db", str(target)]) == 0
    with closing(SqliteStore(month)) as store, closing(SqliteStore(target)) as again:
        assert kept(again) == kept(store)


def test_an_import_goes_into_an_empty_store_only():
    store, other = MemoryStore(), MemoryStore()
    fill(store)
    fill(other)
    with pytest.raises(StoreUnavailable, match="goes into an empty store"):
        imported(other, exported(store))


def test_another_file_does_not_go_on_with_an_import(month: Path):
    store, other = MemoryStore(), MemoryStore()
    fill(store)
    lines = list(exported(store))
    with pytest.raises(RecordError):
        imported(other, lines[:-3])
    with closing(SqliteStore(month)) as month_store, pytest.raises(StoreUnavailable, match="of another file"):
        imported(other, exported(month_store))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[1:], "line 1 is not how an export begins"),
        (lambda lines: [*lines[:3], *lines[4:]], "there are to be"),
        (lambda lines: [*lines[:3], b"{nonsense\n", *lines[4:]], "line 4 is no record"),
        (lambda lines: [*lines[:3], b'{"kind":"spell"}\n', *lines[4:]], "line 4 is no record"),
        (lambda lines: [], "before its end"),
        (lambda lines: [lines[0], lines[1][: len(lines[1]) // 2]], "line 2 is no record"),
        (lambda lines: [lines[0], b'{"kind":"mark","name":"\xd0'], "line 2 is no record"),
        (lambda lines: [lines[0], b"\n", *lines[1:]], "line 2 is no record"),
        (lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]], "line 1 is no record"),
        (lambda lines: [*lines, *lines], "is the end of an export, and more comes after it"),
    ],
)
def test_what_is_no_whole_export_says_so(change, said):
    """Whatever of it was taken in, nothing else begins in that store; the whole file ends it."""
    store, other = MemoryStore(), MemoryStore()
    fill(store)
    whole = list(exported(store))
    with pytest.raises(RecordError, match=said):
        imported(other, change(whole))
    begun = change(whole)[:1] == whole[:1]
    assert (other.mark("import") is not None) is begun
    imported(other, [line.replace(b"\n", b"\r\n") for line in whole] + [b"\r\n"])
    assert kept(other) == kept(store)
    check_imported(other)


def test_a_backup_is_whole_while_others_write(tmp_path: Path):
    path, done = tmp_path / "busy.db", threading.Event()
    with closing(SqliteStore(path)) as store:
        store.commit(batch(case("c-0")))

        def write() -> None:
            number = 0
            with closing(SqliteStore(path)) as mine:
                while not done.is_set():
                    number += 1
                    mine.commit(batch(case(f"c-{number}"), case(f"d-{number}")))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number in range(8):
                store.backup(tmp_path / f"copy-{number}.db")
        finally:
            done.set()
            writer.join()
    for number in range(8):
        with closing(SqliteStore(tmp_path / f"copy-{number}.db", create=False)) as copy:
            assert copy.faults() == ()
            ids = [one.case.id for one in copy.archive() if isinstance(one, KeptCase)]
            assert sum(one.startswith("c-") for one in ids) == sum(one.startswith("d-") for one in ids) + 1


def test_the_command_line_copies_exports_imports_and_purges(month: Path, tmp_path: Path, capsys):
    capsys.readouterr()
    copy, lines, new = tmp_path / "copy.db", tmp_path / "lines.jsonl", tmp_path / "new.db"
    assert main(["db", "backup", "--db", str(month), "--to", str(copy)]) == 0
    assert main(["db", "backup", "--db", str(month), "--to", str(copy)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["db", "export", "--db", str(copy), "--to", str(lines), "--lang", "ru"]) == 0
    assert "записана" in capsys.readouterr().out
    before = copy.read_bytes()
    for there in (copy, lines, tmp_path):
        assert main(["db", "export", "--db", str(copy), "--to", str(there)]) == 2, "nothing is written over"
        assert "is there already" in capsys.readouterr().err
    assert copy.read_bytes() == before
    for command in ("backup", "export"):
        nowhere = tmp_path / "nowhere" / "copy"
        assert main(["db", command, "--db", str(copy), "--to", str(nowhere)]) == 2
        assert str(nowhere) in capsys.readouterr().err
    assert main(["db", "import", str(lines), "--db", str(new), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == len(lines.read_bytes().splitlines()) - 2
    assert main(["db", "import", str(lines), "--db", str(new)]) == 2
    assert "goes into an empty store" in capsys.readouterr().err
    assert main(["db", "import", str(tmp_path / "none"), "--db", str(tmp_path / "x.db")]) == 2
    assert main(["db", "purge", "--db", str(new), "--older-than", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] > 0
    assert main(["db", "check", "--db", str(new)]) == 0
    seal = tmp_path / "seal.json"
    capsys.readouterr()
    assert main(["db", "seal", "--db", str(new)]) == 0
    seal.write_text(capsys.readouterr().out)
    assert main(["db", "check", "--db", str(month), "--seal", str(seal)]) == 0
    seal.write_text("{}")
    assert main(["db", "check", "--db", str(month), "--seal", str(seal)]) == 2


# -- a file that is only read, or gone ------------------------------------------------------------------------------


def test_a_file_opened_for_reading_answers_and_refuses_to_be_written(month: Path):
    with closing(SqliteStore(month, read_only=True)) as store:
        assert check(store, PAGES).problems == []
        for work in (lambda: store.commit(batch(case("new"))), lambda: store.purge(case().last_at)):
            with pytest.raises(StoreUnavailable, match="opened for reading only"):
                work()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
@pytest.mark.parametrize("instead", [False, True], ids=["deleted", "replaced"])
def test_a_commit_to_a_file_that_is_gone_is_not_acknowledged(tmp_path: Path, instead: bool):
    path = tmp_path / "sales.db"
    with closing(SqliteStore(path)) as store:
        store.commit(batch(case()))
        path.unlink()
        if instead:
            SqliteStore(path).close()
        with pytest.raises(StoreUnavailable, match="was deleted or replaced, so nothing was written"):
            store.commit(batch(case(version=2)))


def test_an_engine_on_a_file_that_is_only_read_answers_and_sees_what_others_write(tmp_path: Path):
    path = tmp_path / "sales.db"
    with closing(SqliteStore(path)) as store:
        desk = Desk(store)
        desk.begin("assignment", "give_assignment", case="T")
        reader = Desk(f"sqlite:///{path}?mode=ro")
        assert reader.stage("T") == "assigned"
        desk.take("T", "report_done")
        assert reader.stage("T") == "done"
        assert reader.engine.verify(reader.engine.seal()) == ()
        for work in (lambda: reader.take("T", "verify_assignment"), reader.engine.tick):
            with pytest.raises(StoreUnavailable, match="opened for reading only, so nothing is written to it"):
                work()
        reader.engine.close()
        assert desk.stage("T") == "done"


def test_a_file_on_media_that_cannot_be_written_is_read_and_nothing_appears_beside_it(
    month: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = Path(shutil.copy(month, tmp_path / "sales.db"))
    monkeypatch.setattr(os, "access", lambda _path, mode, **_: not mode & os.W_OK)
    with closing(SqliteStore(path, read_only=True)) as store:
        assert check(store, PAGES).problems == []
        assert [one.name for one in tmp_path.iterdir()] == ["sales.db"]
    assert main(["db", "check", "--db", str(path)]) == 0
    assert [one.name for one in tmp_path.iterdir()] == ["sales.db"]
