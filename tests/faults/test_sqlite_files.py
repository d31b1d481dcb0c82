"""The store on SQLite when things break: killed writers, full disks, locks, lost leases, files that go away."""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from forking import Programs
from sqlite_programs import count_up, counted, fill_the_disk, hold_the_lock, write_as_nobody

from salesreg.adapters.sql.session import Session
from salesreg.adapters.sqlite import SqliteStore
from salesreg.errors import RecordError, StoreError, StoreUnavailable
from salesreg.ports import Batch, CaseQuery, CaseWrite, Done, ObligationQuery
from salesreg.testing._records import LEASE, NOON, after, batch, case, event, message, obligation, scheduled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sales.db"


def versions(path: Path) -> list[int]:
    """The versions in the log, after seeing that every batch is there as a whole."""
    with SqliteStore(path) as store:
        assert store.faults() == ()
        found = [it.version for it in store.events("c-1", limit=100_000)]
        last = found[-1]
        assert store.load(["c-1"]).cases["c-1"].version == last
        owed = store.obligations(ObligationQuery(limit=100_000))
        assert sorted(owed, key=lambda it: it.id) == sorted((obligation(v) for v in found), key=lambda it: it.id)
        assert [it.id for it, _ in store.messages("waiting", limit=100_000)] == [message(v).id for v in found]
        assert store.mark("version") == str(last)
        assert [store.holder(f"key-{v}") for v in (last - 1, last)] == [None, "c-1"]
        return found


# -- other programs ---------------------------------------------------------------------------------------------------


def test_a_writer_killed_at_any_moment_loses_nothing_that_was_acknowledged(others: Programs, path: Path):
    chance = random.Random(20260302)
    acknowledged: list[int] = []
    rounds = 25
    for _ in range(rounds):
        writer = others.start(count_up, path, 1_000_000)
        writer.wait_for_reports(chance.randint(1, 12))
        time.sleep(chance.random() * 0.001)
        writer.kill()
        acknowledged += map(int, writer.reported())
    found = versions(path)
    assert found == list(range(1, len(found) + 1))
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(found)
    assert len(found) - len(acknowledged) <= rounds


def test_two_programs_writing_one_case_lose_nothing_and_double_nothing(others: Programs, path: Path):
    writers = [others.start(count_up, path, 60) for _ in range(2)]
    acknowledged = [int(version) for writer in writers for version in writer.wait()]
    assert sorted(acknowledged) == versions(path) == list(range(1, 121))


def test_programs_that_open_a_new_file_together_make_it_once(others: Programs, tmp_path: Path):
    for attempt in range(5):
        path = tmp_path / f"sales-{attempt}.db"
        writers = [others.start(count_up, path, 1) for _ in range(4)]
        assert sorted(int(version) for writer in writers for version in writer.wait()) == versions(path) == [1, 2, 3, 4]


def test_a_lock_that_another_program_holds_is_waited_for_and_then_reported(others: Programs, path: Path):
    with SqliteStore(path, busy_timeout=0.1) as store:
        store.commit(counted(1))
        holder = others.start(hold_the_lock, path)
        holder.wait_for_reports(1)
        with pytest.raises(StoreUnavailable, match=r"sales\.db is busy: another program is writing"):
            store.commit(counted(2))
        assert store.load(["c-1"]).cases["c-1"].version == 1
        holder.kill()
        store.commit(counted(2))
    assert versions(path) == [1, 2]


def test_a_thread_that_holds_the_lock_is_waited_for_and_then_reported(path: Path):
    with SqliteStore(path, busy_timeout=0.05) as store:
        pool = store._connections

        def inside(session: Session) -> None:
            with pytest.raises(StoreUnavailable, match="busy"):
                pool.write(lambda inner: None)

        pool.write(inside)
        store.commit(counted(1))


def test_a_full_disk_is_reported_and_writing_goes_on_when_there_is_room(others: Programs, path: Path):
    error, whole, last = others.start(fill_the_disk, path, 200_000).wait()
    assert error.startswith(f"StoreUnavailable: {path} could not be read or written: the disk is full or failing")
    assert whole == "True"
    found = versions(path)
    assert found == list(range(1, int(last) + 1))


def test_a_file_that_may_only_be_read_is_read_and_not_written(others: Programs):
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "sales.db"
        with SqliteStore(path) as store:
            store.commit(counted(1))
        path.chmod(0o444)
        folder.chmod(0o777)
        version, error = others.start(write_as_nobody, path).wait()
        assert version == "1"
        assert error == f"StoreUnavailable: {path} is read-only, so nothing was written"
        assert versions(path) == [1]


def test_a_file_that_may_not_even_be_read_cannot_be_opened(others: Programs):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "sales.db"
        with SqliteStore(path) as store:
            store.commit(counted(1))
        path.chmod(0)
        Path(name).chmod(0o755)
        (error,) = others.start(write_as_nobody, path).wait()
        assert error == f"StoreUnavailable: {path} cannot be opened: Permission denied"


# -- one program ------------------------------------------------------------------------------------------------------


def test_a_database_that_may_not_grow_is_full(tmp_path: Path):
    with closing(sqlite3.connect(tmp_path / "app.db")) as connection, SqliteStore(connection=connection) as store:
        store.commit(counted(1))
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        large = batch(case(version=2, data=b'"' + b"x" * 100_000 + b'"'))
        with pytest.raises(StoreUnavailable, match="has no room to grow because the disk is full"):
            store.commit(large)
        assert store.load(["c-1"]).cases["c-1"].version == 1
        connection.execute("PRAGMA max_page_count = 100000")
        store.commit(large)


@pytest.mark.parametrize(
    "broken",
    [
        {"messages": (message(payload={"odd": object()}),)},
        {"events": (event(body=b"\xff"),)},
        {"events": (event(), event())},
        {"obligations": (scheduled(case_id="nobody"),)},
        {"marks": {"m": "\udc80"}},
    ],
    ids=["payload", "bytes that are no text", "an event twice", "an obligation of no case", "half a character"],
)
def test_a_batch_that_breaks_in_the_middle_leaves_nothing(path: Path, broken: dict):
    with SqliteStore(path) as store:
        with pytest.raises((StoreError, TypeError, ValueError)):
            store.commit(batch(case(), keys_taken=("k",), **broken))
        assert store.find(CaseQuery()) == []
        assert (store.holder("k"), list(store.events())) == (None, [])
        store.commit(batch(case()))


def test_what_sqlite_refuses_for_another_reason_is_a_store_error(path: Path):
    with (
        SqliteStore(path) as store,
        pytest.raises(StoreError, match=r"sales\.db did not take the command: FOREIGN KEY constraint failed"),
    ):
        store.commit(batch(case(), obligations=(scheduled(case_id="nobody"),)))


def test_a_status_of_a_later_program_is_a_record_error(path: Path):
    with SqliteStore(path) as store:
        store.commit(batch(case(), obligations=(scheduled(),)))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE salesreg_obligation SET status = 'lost'")
            connection.commit()
        with pytest.raises(RecordError, match="'lost', which is no status"):
            store.load(["c-1"])


def test_a_lease_lost_between_two_stores_settles_once(path: Path):
    with SqliteStore(path) as slow, SqliteStore(path) as quick:
        slow.commit(batch(case(), obligations=(scheduled(),)))
        (late,) = slow.claim("obligation", after(0), 1, LEASE)
        assert quick.claim("obligation", after(1), 1, LEASE) == []
        (taken,) = quick.claim("obligation", after(6), 1, LEASE)
        assert slow.settle(late, Done((message(1),))) is False
        assert quick.settle(taken, Done((message(2),))) is True
        assert slow.messages("waiting") == [(message(2), "")]


def test_a_file_taken_away_is_reported_and_not_made_anew(path: Path):
    with SqliteStore(path) as store:
        path.unlink()
        with pytest.raises(StoreUnavailable, match="cannot be opened"):
            store.load(["c-1"])
    assert not path.exists()


def test_nothing_due_takes_no_write_lock(path: Path):
    with SqliteStore(path, busy_timeout=0) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.claim("message", after(0), 10, LEASE) == []
        assert store.settle_many([]) == []


def test_a_store_closed_while_a_thread_reads_lets_the_reader_finish(path: Path):
    with SqliteStore(path) as store:
        store.commit(batch(case()))
        pool = store._connections

        def inside(session: Session) -> int:
            store.close()
            return int(session.ask("SELECT count(*) FROM salesreg_case")[0][0])

        assert pool.read(inside) == 1
    assert sorted(each.name for each in path.parent.iterdir()) == ["sales.db"]


def test_a_log_that_grew_behind_somebody_who_reads_for_long_shrinks_again(path: Path):
    log, large = path.with_name("sales.db-wal"), 4 * 2**20
    with SqliteStore(path) as store:
        store.commit(batch(case()))

        def write(version: int) -> None:
            data = f'"{chr(ord("a") + version) * large}"'.encode()
            store.commit(Batch((CaseWrite(case(version=version, data=data), version - 1),), (), NOON))

        with store.snapshot() as seen:
            for version in range(2, 9):
                write(version)
            assert seen.load(["c-1"]).cases["c-1"].version == 1
        assert log.stat().st_size > 7 * large
        for version in (9, 10):
            write(version)
        assert log.stat().st_size <= 4 * large
