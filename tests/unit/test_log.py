"""The record: what verify finds when somebody has been at the tables, and records that cannot be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ask import ANNA, HELEN, IVAN, REGULATION, RULES, Ask, Errand, moscow, requests_engine, taken
from msgspec.structs import replace

from salesreg import ProcessEngine, Rulebook
from salesreg.adapters.memory import MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.engine.codec import Pages, decode_case, encode_case
from salesreg.engine.events import Reader, encode_event
from salesreg.engine.log import history, replayed
from salesreg.errors import CaseNotFound, RecordError, UnknownProcess, UnknownStage
from salesreg.ports import Batch, CaseQuery, CaseWrite
from salesreg.testing import ManualClock

KNOWN = Pages(RULES)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requests.db"


@pytest.fixture
def engine(path: Path, clock: ManualClock) -> Iterator[ProcessEngine]:
    with requests_engine(SqliteStore(path), clock) as opened:
        opened.start(Ask.ask(text="May I?"), by=ANNA, case_id="r1")
        opened.perform("r1", Ask.answer(text="yes"), by=HELEN)
        opened.start(Ask.ask(text="And I?"), by=ANNA, case_id="r2")
        opened.perform("r2", Ask.deny(), by=IVAN)
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
            "UPDATE salesreg_obligation SET due = due + 1 WHERE case_id = 'r1' AND status = 'open'",
            "r1: the stored obligations are not what its events lead to",
        ),
        (
            "UPDATE salesreg_obligation SET status = 'met' WHERE case_id = 'r2'",
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
            "r1: the stored data is not what its events lead to",
        ),
        ("UPDATE salesreg_case SET rulebook = 'theirs' WHERE id = 'r1'", "r1: the stored data is not what its events"),
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
    tamper(
        path,
        "CREATE TEMP TABLE t AS SELECT * FROM salesreg_obligation LIMIT 1",
        "UPDATE t SET case_id = 'r1', id = 'r1:made.up:1', ordinal = 9",
        "INSERT INTO salesreg_obligation SELECT * FROM t",
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


def begun(**given: Any) -> Any:
    decision = taken(None, "ask", ANNA, "2026-03-02 10:00", **{"text": "x", **given})
    return replace(
        decision, case=replace(decision.case, rulebook="requests"), event=replace(decision.event, rulebook="requests")
    )


def test_cases_and_events_survive_their_records():
    decision = begun(expires_at=moscow("2026-04-01 10:00"), number="7")
    stored = encode_case(Ask, decision.case, "head", "h")
    assert (stored.ended, stored.waits_for, stored.obligations) == (False, "head", ())
    again = decode_case(KNOWN, replace(stored, obligations=decision.case.obligations))
    assert again == decision.case
    kept = encode_event(Ask, decision.event, moscow("2026-03-02 10:01"))
    back = Reader(KNOWN).read(kept)
    assert replace(back, payload={}) == replace(decision.event, payload={})
    assert back.payload["expires_at"] == "2026-04-01T07:00:00Z", "inputs are kept as they were written"
    ended = taken(decision.case, "deny", IVAN, "2026-03-02 11:00")
    ended_case = encode_case(Ask, ended.case, None)
    assert (ended_case.ended, ended_case.waits_for) == (True, None)
    assert Reader(KNOWN).read(encode_event(Ask, ended.event, ended.event.at)) == ended.event


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: b"not json", "event 1 of case 'r1' cannot be read"),
        (lambda body: body.replace(b'"target":"asked",', b""), "missing required field `target`"),
        (lambda body: body.replace(b'"author"', b'"writer"'), "changes 'writer', which Request does not"),
        (lambda body: body.replace(b'"held":false', b'"held":5'), "'held' cannot be read"),
    ],
)
def test_an_event_that_cannot_be_read_says_why(change: Callable[[bytes], bytes], said: str):
    stored = encode_event(Ask, begun().event, moscow("2026-03-02 10:00"))
    with pytest.raises(RecordError, match=said):
        Reader(KNOWN).read(replace(stored, body=change(stored.body)))


def test_a_case_that_cannot_be_read_says_why():
    stored = encode_case(Ask, begun().case, "head")
    with pytest.raises(UnknownStage, match="has no stage 'limbo'"):
        decode_case(KNOWN, replace(stored, stage="limbo"))
    for data in (b"\xff", b"{}", b"[]"):
        with pytest.raises(RecordError, match="cannot be read"):
            decode_case(KNOWN, replace(stored, data=data))


def test_a_record_of_a_page_that_is_not_there_stays_as_it_is_in_json():
    decision = begun(number="7")
    stored = replace(encode_case(Ask, decision.case, "head", "h"), process_version=9, stage="limbo")
    assert decode_case(KNOWN, stored).data["number"] == "7"
    event = encode_event(Ask, replace(decision.event, process_version=9), decision.event.at)
    assert Reader(KNOWN).read(event).changes["number"] == "7"
    with pytest.raises(RecordError, match="cannot be read"):
        decode_case(KNOWN, replace(stored, data=b"\xff"))


def test_pages_are_known_by_id_version_and_rulebook():
    class Newer(Ask):
        version = 2

    pages = Pages(RULES.extended("ours", processes=[Newer]))
    assert pages.latest("request") is pages.latest(Ask) is Newer
    assert pages.of("request", 1, "requests") is Ask
    assert pages.of("request", 2, "ours") is Newer
    assert [("request", 2, "ours") in pages, ("request", 2, "requests") in pages] == [True, False]
    assert list(pages) == [Newer, Errand]
    with pytest.raises(UnknownProcess, match="no process 'request'; this engine knows none"):
        Pages(Rulebook("bare")).latest("request")


def test_what_stands_in_memory_verifies_as_well(clock: ManualClock):
    store = MemoryStore()
    engine = requests_engine(store, clock, regulation=REGULATION)
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    assert engine.verify() == ()
    (stored,) = store.find(CaseQuery())
    store.commit(Batch((CaseWrite(replace(stored, stage="checking", version=2), 1),), (), clock.now()))
    assert engine.verify() == (
        "r1: the stored stage is not what its events lead to", "r1: the stored version is not what its events lead to",
    )  # fmt: skip


# -- the log of all cases ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_log_of_all_cases_comes_page_by_page_and_whole(engine: ProcessEngine, size: int):
    for number in range(12):  # long enough a list that only its changes are written
        engine.perform("r1", Ask.answer(text=f"{number}"), by=HELEN)
    seen, at = [], 0
    while (page := engine.events(position=at, limit=size)).events:
        seen += page.events
        at = page.position
    assert engine.events(position=at).position == at
    assert {one.id for one in seen} == {one.id for name in ("r1", "r2") for one in engine.history(name)}
    for name in ("r1", "r2"):
        assert tuple(one for one in seen if one.case == name) == engine.history(name)
