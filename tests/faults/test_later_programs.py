"""What a later program has written: opening says so by name, or the case that is touched does; the rest works."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import attrs
import psycopg
import pytest
from ask import ANNA, CHIEF, HELEN, IVAN, OLGA, ROLES, Ask, Errand, Request, moscow, requests_engine

from salesreg.adapters.postgres.address import Address
from salesreg.engine import ProcessEngine, open_store
from salesreg.errors import OrphanedCases, RecordError, UnknownProcess, UnknownStage
from salesreg.process import Process, Rulebook, Stage, Step, start, step
from salesreg.testing import ManualClock, RecordingNotifier

MONDAY = moscow("2026-03-02 10:00")


class MoreStages(Ask):
    """The same version with a stage that a later program has."""

    thinking = Stage("Thinking", CHIEF, no_term="a test")
    think = Step(Ask.asked.to(thinking), "Think", by=CHIEF)


class Second(Ask):
    """A later version."""

    version = 2
    thinking = Stage("Thinking", CHIEF, no_term="a test")
    think = Step(Ask.asked.to(thinking), "Think", by=CHIEF)


@attrs.frozen
class Dream:
    text: str = "of a later program"


class Dreaming(Process[Dream]):
    """A process that only a later program has."""

    id = "dream"
    thinking = Stage("Thinking", CHIEF, no_term="a test")
    done = Stage("Done", final=True)

    @step(start(thinking), "Fall asleep", by=CHIEF)
    def begin(self) -> Dream:
        return Dream()

    wake = Step(thinking.to(done), "Wake up", by=CHIEF)


LATER: dict[str, tuple[dict[str, Any], Callable[[ProcessEngine], Any], type[Exception], str]] = {
    "a stage": (
        {"processes": [MoreStages, Errand]},
        lambda later: later.perform("r2", "think", by=IVAN),
        UnknownStage,
        "'thinking'",
    ),
    "a version": (
        {"processes": [Second, Errand], "earlier": [Ask]},
        lambda later: later.start(Second, "ask", {"text": "y"}, by=ANNA, case_id="r2b"),
        UnknownProcess,
        "version 2 of process 'request'",
    ),
    "a process": (
        {"processes": [Ask, Errand, Dreaming]},
        lambda later: later.start(Dreaming, "begin", {}, by=IVAN, case_id="d1"),
        UnknownProcess,
        "version 1 of process 'dream'",
    ),
}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def engine(url: str, clock: ManualClock) -> Iterator[ProcessEngine]:
    """A program at work, which a later one joins."""
    with requests_engine(open_store(url), clock, notifier=RecordingNotifier()) as engine:
        for case_id in ("r1", "r2"):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=case_id)
        engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
        yield engine


def the_rest_works(engine: ProcessEngine, clock: ManualClock) -> None:
    """Lists, questions, other cases and time go on."""
    ids = {case.id for case in engine.cases()}
    assert ids >= {"r1", "r2", "e1"}
    assert {task.case.id for task in engine.tasks("helen")} >= {"r1"}
    engine.tick()
    clock.advance(dt.timedelta(days=3))
    report = engine.tick()
    assert {"r1:request.answer:1", "e1:errand.finish:1"} <= set(report.breached)
    assert engine.perform("r1", Ask.answer(text="yes"), by=HELEN).version == 2
    assert engine.perform("e1", Errand.finish(), by=OLGA).stage == "done"
    assert engine.start(Ask.ask(text="z"), by=ANNA).version == 1


@pytest.mark.parametrize("what", list(LATER))
def test_what_only_a_later_program_has_is_named_where_it_is_touched_and_when_it_is_opened(
    engine: ProcessEngine, url: str, clock: ManualClock, what: str
):
    rules, write, wrong, name = LATER[what]
    with requests_engine(open_store(url), clock, rulebook=Rulebook("requests", roles=ROLES, **rules)) as later:
        touched = write(later).id
    before = list(engine.history(touched))
    for touch in (
        lambda: engine.perform(touched, "deny", by=IVAN),
        lambda: engine.available(touched, by=IVAN),
    ):
        with pytest.raises(wrong) as said:
            touch()
        assert f"case {touched!r}" in str(said.value)
        assert name in str(said.value)
    assert list(engine.history(touched)) == before
    [listed] = [case for case in engine.cases() if case.id == touched]
    assert isinstance(listed.data, dict), "as it was written"
    the_rest_works(engine, clock)
    assert all(touched in problem or name.split("'")[-2] in problem for problem in engine.verify())
    with open_store(url) as store, pytest.raises((UnknownStage, OrphanedCases), match=name.split("'")[-2]):
        requests_engine(store, clock)


def altered(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            assert file.execute(statement).rowcount == 1
    else:
        address = Address.of(url)
        with psycopg.connect(address.conninfo) as connection:
            connection.execute(f"SET search_path TO {address.schema}")
            assert connection.execute(statement).rowcount == 1


@pytest.mark.parametrize("where", ['"text"', '"answers"'])
def test_data_that_a_later_program_has_more_of_are_not_dropped_by_an_earlier_one(
    engine: ProcessEngine, url: str, clock: ManualClock, where: str
):
    altered(
        url, f"UPDATE salesreg_case SET data = replace(data, '{where}', '\"mood\":\"fine\",{where}') WHERE id = 'r2'"
    )
    assert engine.case("r2").data == Request("anna", "x")
    with pytest.raises(
        RecordError, match="case 'r2' holds 'mood', which Request does not have: a later program wrote it"
    ):
        engine.perform("r2", Ask.answer(text="yes"), by=HELEN)
    assert engine.perform("r2", Ask.amend(), by=ANNA).version == 2, "what leaves the data alone leaves them whole"
    with open_store(url) as store:
        assert b'"mood":"fine"' in store.load(["r2"]).cases["r2"].data
    the_rest_works(engine, clock)


def test_data_of_another_kind_are_named_with_their_case(engine: ProcessEngine, url: str, clock: ManualClock):
    altered(url, "UPDATE salesreg_case SET data = replace(data, '\"text\":\"x\"', '\"text\":7') WHERE id = 'r2'")
    with pytest.raises(RecordError, match=r"case 'r2': the stored data of a 'request' case cannot be read: .*text"):
        engine.perform("r2", Ask.answer(text="yes"), by=HELEN)
    [listed] = [case for case in engine.cases(Ask) if case.id == "r2"]
    assert listed.data["text"] == 7  # type: ignore[index]
    the_rest_works(engine, clock)


def test_a_message_and_an_obligation_of_a_later_kind_wait_and_the_rest_goes_on(
    engine: ProcessEngine, url: str, clock: ManualClock
):
    altered(url, "UPDATE salesreg_outbox SET payload = '[' WHERE case_id = 'r2'")
    altered(url, "UPDATE salesreg_obligation SET status = 'forgiven' WHERE id = 'r2:request.answer:1'")
    with pytest.raises(RecordError, match=r"'r2:request\.answer:1' is stored as 'forgiven', which is no status"):
        engine.perform("r2", Ask.answer(text="yes"), by=HELEN)
    failed = {what for _, what, _ in engine.tick().failed}
    clock.advance(dt.timedelta(days=3))
    report = engine.tick()
    assert "r2:request.answer:1" in failed | {what for _, what, _ in report.failed}
    assert {"r1:request.answer:1", "e1:errand.finish:1"} <= set(report.breached)
    assert [one.case for one in engine.outbox() if "cannot be read" in one.reason] == ["r2"]
    assert engine.perform("r1", Ask.answer(text="yes"), by=HELEN).version == 2
