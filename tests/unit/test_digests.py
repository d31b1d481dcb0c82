"""A digest: what can wait comes as one message, at least once and under one id, whatever breaks on the way."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

import attrs
import pytest
from ask import ANNA, HELEN, PEOPLE, Ask, moscow, requests_engine

from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.adapters.sqlite import SqliteStore
from salesreg.ports import Permanent, Temporary
from salesreg.testing import ManualClock, RecordingNotifier

MINUTE = dt.timedelta(minutes=1)
NOON = dt.time(12)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    with closing(MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "digest.db")) as store:
        yield store


@pytest.fixture
def clock():
    return ManualClock(moscow("2026-03-02 10:00"))


def gatherer(name="anna", **told):
    return attrs.evolve(ANNA, id=name, full_name=name.title(), **{"digest": NOON, **told})


READER = gatherer()


def opened(store, clock, *deliveries, readers=(READER,)):
    """An engine some of whose askers read digests, and what it sends."""
    notifier = RecordingNotifier(*deliveries)
    staff = {one.id: one for one in (*PEOPLE, *readers)}
    return requests_engine(store, clock, notifier=notifier, directory=MemoryDirectory(staff.values())), notifier


def answered(engine, count, by="anna", begin=0):
    """Requests that are answered, each of which its author is told of."""
    for number in range(begin, begin + count):
        engine.start(Ask.ask_twice(text="x"), by=by, case_id=f"{by}{number}")
        engine.perform(f"{by}{number}", Ask.answer(text="yes"), by=HELEN)


def to(notifier, *names):
    return [one for one in notifier.attempts if one.to in names]


def test_what_waits_for_a_digest_comes_as_one_at_its_time(store, clock):
    engine, notifier = opened(store, clock)
    answered(engine, 3)
    for when in ("10:01", "11:59"):
        clock.move_to(moscow(f"2026-03-02 {when}"))
        engine.tick()
        assert to(notifier, "anna") == []
    clock.move_to(moscow("2026-03-02 12:00"))
    engine.tick()
    engine.tick()
    [digest] = to(notifier, "anna")
    assert (digest.subject, digest.address) == (
        "3 messages, today 12:00, Monday 2 March 2026 (Moscow)",
        "anna@example.com",
    )
    assert [line for line in digest.text.splitlines() if line[:1].isdigit()] == [
        f"{number}. Done: Answer — anna{number - 1}" for number in (1, 2, 3)
    ]
    assert len(store.messages("delivered")) == len(notifier.delivered) + 2


def test_a_single_message_of_a_digest_stays_as_it_is(store, clock):
    engine, notifier = opened(store, clock)
    answered(engine, 1)
    clock.move_to(moscow("2026-03-02 12:00"))
    engine.tick()
    assert [one.id for one in to(notifier, "anna")] == ["anna0:2:anna"]


@pytest.mark.parametrize("many", [25, 45, 49])
def test_each_recipient_gets_one_digest_however_many_there_are(store, clock, many):
    readers = [gatherer(name) for name in ("anna", "boris", "clara", "denis")]
    engine, notifier = opened(store, clock, readers=readers)
    for number in range(many):
        for one in readers:
            answered(engine, 1, by=one.id, begin=number)
    clock.move_to(moscow("2026-03-02 12:00"))
    engine.tick()
    sent = to(notifier, *(one.id for one in readers))
    assert sorted(one.to for one in sent) == ["anna", "boris", "clara", "denis"]
    assert {one.subject.partition(" ")[0] for one in sent} == {str(many)}


def test_a_digest_that_does_not_get_through_comes_again_as_the_same_one(store, clock):
    engine, notifier = opened(store, clock, *[Temporary("busy")] * 9)
    answered(engine, 3)
    clock.move_to(moscow("2026-03-02 12:00"))
    engine.tick()
    [first] = to(notifier, "anna")
    answered(engine, 2, begin=7)  # for tomorrow's
    clock.advance(2 * MINUTE)
    engine.tick()
    first, again = to(notifier, "anna")
    assert first.id == again.id
    assert again.id.startswith("digest:")


def test_a_digest_that_went_out_before_a_crash_comes_again_under_its_id(store, clock):
    class Crash(BaseException):
        pass

    engine, notifier = opened(store, clock)
    answered(engine, 3)
    clock.move_to(moscow("2026-03-02 12:00"))
    settle, store.settle_many = store.settle_many, lambda outcomes: (_ for _ in ()).throw(Crash)
    with pytest.raises(Crash):
        engine.tick()
    store.settle_many = settle
    clock.advance(5 * MINUTE)
    engine.tick()
    first, again = to(notifier, "anna")
    assert first == again


def test_a_digest_that_nobody_takes_is_dead_message_by_message(store, clock):
    engine, notifier = opened(store, clock, *[Permanent("no such person")] * 9)
    answered(engine, 2)
    clock.move_to(moscow("2026-03-02 12:00"))
    engine.tick()
    assert len(to(notifier, "anna")) == 1
    dead = [(one.id, reason) for one, reason in store.messages("dead") if one.to == "anna"]
    assert dead == [("anna0:2:anna", "no such person"), ("anna1:2:anna", "no such person")]
