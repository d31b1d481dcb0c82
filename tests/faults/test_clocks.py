"""Clocks that jump, between commands and ticks: what was acknowledged stays usable, and nothing is done twice."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest
from ask import ANNA, HELEN, IVAN, OLGA, REGULATION, Ask, Errand, moscow, requests_engine

from salesreg.engine import ProcessEngine, open_store
from salesreg.errors import ImplausibleClock, OutOfOrder
from salesreg.testing import ManualClock, RecordingNotifier

SECOND, HOUR, DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)
BELIEVED = REGULATION.with_settings({"clocks.longest_silence": "31 calendar days"})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(moscow("2026-03-02 10:00"))


@pytest.fixture
def notifier() -> RecordingNotifier:
    return RecordingNotifier()


@pytest.fixture
def engine(url: str, clock: ManualClock, notifier: RecordingNotifier) -> Iterator[ProcessEngine]:
    with requests_engine(open_store(url), clock, regulation=BELIEVED, notifier=notifier) as engine:
        yield engine


@pytest.mark.parametrize("ticked", [True, False], ids=["with a worker", "without a worker"])
def test_a_command_a_year_ahead_is_refused_and_its_case_can_be_worked_on(
    engine: ProcessEngine, clock: ManualClock, ticked: bool
):
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    if ticked:
        engine.tick()
    right, [owed, *_] = clock.now(), engine.obligations(case="r1")
    clock.advance(365 * DAY)
    for wrong in (
        lambda: engine.correct_record(owed, happened_at=right, reason="on paper", by=IVAN),
        lambda: engine.erase("r1", by=IVAN, reason="asked"),
        lambda: engine.perform("r1", Ask.answer(text="yes"), by=HELEN),
        lambda: engine.start(Ask.ask(text="y"), by=ANNA, case_id="r2"),
        engine.tick,
    ):
        with pytest.raises(ImplausibleClock, match=r"the clock shows 2027-03-02T07:00:00\+00:00, and at the last tick"):
            wrong()
    clock.move_to(right)
    assert [case.version for case in engine.cases(Ask)] == [1]
    assert engine.perform("r1", Ask.answer(text="yes"), by=HELEN).last_at == right
    assert engine.verify() == ()


def test_another_program_does_not_believe_a_clock_a_year_off_either(engine: ProcessEngine, url: str):
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    for year in ("2025", "2027"):
        wrong = ManualClock(moscow(f"{year}-03-02 10:00"))
        with (
            requests_engine(open_store(url), wrong, regulation=BELIEVED) as other,
            pytest.raises(ImplausibleClock, match="set it right, or say that it is right"),
        ):
            other.perform("r1", Ask.answer(text="yes"), by=HELEN)


def test_whoever_says_that_a_clock_is_right_is_believed_by_all(engine: ProcessEngine, url: str, clock: ManualClock):
    engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
    clock.advance(60 * DAY)
    with requests_engine(open_store(url), clock, regulation=BELIEVED) as other:
        other.tick(trust_clock=True)
    assert engine.perform("r1", Ask.answer(text="yes"), by=HELEN).version == 2


def test_an_app_without_a_worker_that_runs_for_a_year_is_believed_each_day(engine: ProcessEngine, clock: ManualClock):
    for number in range(13):
        engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")
        clock.advance(30 * DAY)
    assert len(engine.cases()) == 13


def test_an_hour_backwards_leaves_each_case_as_it_was_until_its_time_has_come_again(
    engine: ProcessEngine, clock: ManualClock, notifier: RecordingNotifier
):
    engine.tick()
    engine.start(Ask.ask(text="x", nudge_at=clock.now() + HOUR / 2), by=ANNA, case_id="r1")
    engine.start(Errand.send(title="t", doer="olga"), by=HELEN, case_id="e1")
    clock.advance(HOUR / 4)
    engine.perform("r1", Ask.answer(text="yes"), by=HELEN, command_key="answer")
    clock.advance(-HOUR)
    with pytest.raises(OutOfOrder, match="is earlier than the last event of case 'r1'"):
        engine.perform("r1", Ask.answer(text="again"), by=HELEN)
    assert engine.perform("r1", Ask.answer(text="yes"), by=HELEN, command_key="answer").version == 2, "a repeat"
    assert engine.start(Ask.ask(text="x"), by=ANNA, case_id="r2").last_at == clock.now(), "what is new goes on"
    for _ in range(3):
        engine.tick()
    assert [event.step for event in engine.history("r1")] == ["ask", "answer"]
    clock.advance(2 * HOUR)
    for _ in range(2):
        engine.tick()
        clock.advance(HOUR / 10)
    assert [event.step for event in engine.history("r1")] == ["ask", "answer", "nudge"]
    assert engine.perform("e1", Errand.finish(), by=OLGA).stage == "done"
    assert max(Counter(message.id for message in notifier.attempts).values()) == 1
    assert engine.outbox() == engine.outbox(state="dead") == engine.timers(state="dead") == ()
    assert engine.verify() == ()


def test_machines_whose_clocks_differ_by_seconds_work_on_one_case(engine: ProcessEngine, url: str, clock: ManualClock):
    behind = ManualClock(clock.now() - 4 * SECOND)
    with requests_engine(open_store(url), behind, regulation=BELIEVED) as other:
        engine.start(Ask.ask(text="x"), by=ANNA, case_id="r1")
        other.perform("r1", Ask.answer(text="yes"), by=HELEN)
        engine.perform("r1", Ask.answer(text="no"), by=HELEN)
        assert {event.at for event in other.history("r1")} == {clock.now()}, "never before what it follows"
        assert other.verify() == ()
        behind.advance(-2 * SECOND)
        with pytest.raises(OutOfOrder):
            other.perform("r1", Ask.answer(text="maybe"), by=HELEN)


def test_a_clock_that_jumps_about_for_a_day_begins_no_duty_twice_and_tells_nobody_twice(
    engine: ProcessEngine, clock: ManualClock, notifier: RecordingNotifier
):
    start, begun = clock.now(), Counter[str]()
    for number, jump in enumerate((0, 30, 1, 29, -5, 26, 3, 25, 8, 24), start=1):
        clock.move_to(start + jump * HOUR)
        engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number}")
        begun.update(engine.tick().begun)
    assert set(begun) == {f"errand:rounds:{who}:2026-03-0{day}" for who in ("anna", "boris") for day in (2, 3)}
    assert max(begun.values()) == 1
    clock.move_to(start + 2 * DAY)
    engine.tick()
    assert max(Counter(message.id for message in notifier.attempts).values()) == 1
    assert engine.verify() == ()
