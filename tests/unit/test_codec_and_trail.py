"""The record: what verify finds when somebody has been at the tables, and records that cannot be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import attrs
import pytest
from ask import ANNA, HELEN, IVAN, REGULATION, Ask, Errand, moscow, requests_engine, taken

from salesreg import ProcessEngine
from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.codec import Processes, decode_case, decode_event, encode_case, encode_event
from salesreg.errors import CaseNotFound, RecordError, UnknownProcess, UnknownStage
from salesreg.testing import ManualClock
from salesreg.trail import history, replayed

KNOWN = Processes((Ask, Errand))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requests.db"


@pytest.fixture
def engine(path: Path, clock: ManualClock) -> Iterator[ProcessEngine]:
    with requests_engine(SqliteStore(path), clock) as opened:
        opened.start(Ask, step="ask", by=ANNA, text="May I?", case_id="r1")
        opened.perform("r1", "answer", by=HELEN, text="yes")
        opened.start(Ask, step="ask", by=ANNA, text="And I?", case_id="r2")
        opened.perform("r2", "deny", by=IVAN)
        assert opened.verify() == ()
        yield opened


def tamper(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# -- what verify finds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE salesreg_case SET stage = 'checking' WHERE id = 'r1'", "r1: the stored stage is not what its events"),
        (
            "UPDATE salesreg_case SET data = replace(data, 'May I', 'May we') WHERE id = 'r1'",
            "r1: the stored data is not what its events lead to",
        ),
        ("UPDATE salesreg_case SET regulation = 'x' WHERE id = 'r1'", "r1: the stored regulation is not what"),
        ("UPDATE salesreg_case SET last_at = last_at + 1 WHERE id = 'r1'", "r1: the stored last_at is not what"),
        ("DELETE FROM salesreg_event WHERE case_id = 'r1' AND version = 2", "r1: the stored version is not what"),
        ("DELETE FROM salesreg_event WHERE case_id = 'r1' AND version = 1", "r1: the events of case 'r1' are not"),
        ("DELETE FROM salesreg_event WHERE case_id = 'r1'", "r1: a case without events cannot be replayed"),
        ("DELETE FROM salesreg_case WHERE id = 'r1'", "r1: it has events, and the case itself is gone"),
        (
            "UPDATE salesreg_obligation SET due = due + 1 WHERE case_id = 'r1' AND is_open = 1",
            "r1: the stored obligations are not what its events lead to",
        ),
        (
            "UPDATE salesreg_obligation SET status = 'met' WHERE case_id = 'r2' AND is_open = 0",
            "r2: the stored obligations are not what its events lead to",
        ),
        ("DELETE FROM salesreg_obligation WHERE case_id = 'r2'", "r2: the stored obligations are not what"),
        ("UPDATE salesreg_case SET stage = 'limbo' WHERE id = 'r1'", "r1: process 'request' version 1 has no stage"),
        ("UPDATE salesreg_case SET data = '{}' WHERE id = 'r1'", "r1: the stored data of a 'request' case"),
        (
            "UPDATE salesreg_event SET body = replace(body, '\"held\":false', '\"held\":\"no\"') WHERE case_id = 'r1'",
            "r1: a stored event's 'held' cannot be read",
        ),
        (
            "UPDATE salesreg_event SET body = replace(body, '\"yes\"', '\"no\"') WHERE case_id = 'r1'",
            "r1: the stored data is not what its events lead to",
        ),
        ("UPDATE salesreg_event SET body = '{}' WHERE case_id = 'r1' AND version = 2", "r1: event 2 of case 'r1'"),
        (
            "UPDATE salesreg_case SET process_version = 9 WHERE id = 'r1'",
            "r1: no version 9 of process 'request'; this engine knows errand 1, request 1",
        ),
    ],
)  # fmt: skip
def test_verify_finds_whatever_was_changed_behind_the_engines_back(
    engine: ProcessEngine, path: Path, statement: str, said: str
):
    tamper(path, statement)
    found = engine.verify()
    assert found[0].startswith(said)
    assert {difference[:4] for difference in found} == {said[:4]}, "the other case is whole"


def test_an_obligation_slipped_in_is_found(engine: ProcessEngine, path: Path):
    columns = "id, case_id, norm, clause, role, person, term, started_at, due, provisional, pauses, status"
    tamper(
        path,
        f"CREATE TEMP TABLE t AS SELECT {columns}, is_open, ordinal FROM salesreg_obligation LIMIT 1",
        "UPDATE t SET case_id = 'r1'",
        "UPDATE t SET id = 'r1:made.up:1', ordinal = 9",
        f"INSERT INTO salesreg_obligation ({columns}, is_open, ordinal) SELECT * FROM t",
    )
    assert engine.verify() == ("r1: the stored obligations are not what its events lead to",)


# -- reading the log --------------------------------------------------------------------------------------------------


def test_a_case_is_replayed_up_to_any_version(engine: ProcessEngine, path: Path):
    with SqliteStore(path) as store:
        assert replayed(store, KNOWN, "r1") == engine.case("r1")
        first = replayed(store, KNOWN, "r1", version=1)
        assert (first.version, first.data.answers, len(first.obligations)) == (1, (), 2)
        with pytest.raises(CaseNotFound, match="no case 'r9' in the store"):
            replayed(store, KNOWN, "r9")
        assert list(history(store, KNOWN, "r9")) == []


# -- coding -----------------------------------------------------------------------------------------------------------


def test_cases_and_events_survive_their_records():
    decision = taken(None, "ask", ANNA, "2026-03-02 10:00", text="x", expires_at=moscow("2026-04-01 10:00"), number="7")
    stored = encode_case(Ask, decision.case)
    assert (stored.ended, stored.obligations) == (False, ())
    again = decode_case(Ask, attrs.evolve(stored, obligations=decision.case.obligations))
    assert again == decision.case
    kept = encode_event(decision.event, moscow("2026-03-02 10:01"))
    back = decode_event(KNOWN, kept)
    assert attrs.evolve(back, payload={}) == attrs.evolve(decision.event, payload={})
    assert back.payload["expires_at"] == "2026-04-01T07:00:00Z", "inputs are kept as they were written"
    ended = taken(decision.case, "deny", IVAN, "2026-03-02 11:00")
    assert encode_case(Ask, ended.case).ended
    assert decode_event(KNOWN, encode_event(ended.event, ended.event.at)) == ended.event


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda body: b"not json", RecordError, "event 1 of case 'r1' cannot be read"),
        (lambda body: body.replace(b',"version":1}', b"}"), RecordError, "missing required field `version`"),
        (lambda body: body.replace(b'"author"', b'"writer"'), RecordError, "changes 'writer', which Request does not"),
        (lambda body: body.replace(b'"process_version":1', b'"process_version":2'), UnknownProcess, "no version 2"),
    ],
)
def test_an_event_that_cannot_be_read_says_why(change: Callable[[bytes], bytes], error: type[Exception], said: str):
    stored = encode_event(taken(None, "ask", ANNA, "2026-03-02 10:00", text="x").event, moscow("2026-03-02 10:00"))
    with pytest.raises(error, match=said):
        decode_event(KNOWN, attrs.evolve(stored, body=change(stored.body)))


def test_a_case_that_cannot_be_read_says_why():
    stored = encode_case(Ask, taken(None, "ask", ANNA, "2026-03-02 10:00", text="x").case)
    with pytest.raises(UnknownStage, match="has no stage 'limbo'"):
        decode_case(Ask, attrs.evolve(stored, stage="limbo"))
    with pytest.raises(RecordError, match="cannot be read"):
        decode_case(Ask, attrs.evolve(stored, data=b"\xff"))


def test_processes_are_known_by_id_and_version():
    newer = type("Newer", (), {"id": "request", "version": 2})
    both = Processes((newer, Ask, Errand))  # type: ignore[arg-type]
    assert both.latest("request") is both.latest(Ask) is newer
    assert both.of("request", 1) is Ask
    assert (("request", 2) in both, ("request", 3) in both) == (True, False)
    assert list(both) == [newer, Errand]
    with pytest.raises(UnknownProcess, match="no process 'request'; this engine knows none"):
        Processes(()).latest("request")


def test_what_stands_in_memory_verifies_as_well(clock: ManualClock):
    store = MemoryStore()
    engine = requests_engine(store, clock, regulation=REGULATION)
    engine.start(Ask, step="ask", by=ANNA, text="x", case_id="r1")
    assert engine.verify() == ()
    store._cases["r1"] = attrs.evolve(store._cases["r1"], stage="checking")
    assert engine.verify() == ("r1: the stored stage is not what its events lead to",)
