"""A notifier that hangs, raises or answers with junk: everybody else goes on, and each message is sent in the end."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from ask import ANNA, HELEN, Ask, Errand, moscow, requests_engine

from salesreg.adapters.patient import Patient
from salesreg.engine import ProcessEngine, open_store
from salesreg.engine.attempts import MAX_TRIES
from salesreg.engine.turns import LEASE
from salesreg.ports import Delivered, Message, Permanent, Temporary, Unknown
from salesreg.testing import ManualClock
from salesreg.testing._records import message

MESSAGES = 14


class Answering:
    """A notifier that does with each message what it is told."""

    def __init__(self, answer: Callable[[Message], Any]) -> None:
        self._answer = answer
        self.seen: list[str] = []

    def send(self, message: Message) -> Any:
        self.seen.append(message.id)
        return self._answer(message)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(moscow("2026-03-02 10:00"))


def opened(url: str, clock: ManualClock, answer: Callable[[Message], Any]) -> tuple[ProcessEngine, list[str]]:
    notifier = Answering(answer)
    return requests_engine(open_store(url), clock, notifier=notifier), notifier.seen


@pytest.fixture
def asked(url: str, clock: ManualClock) -> list[str]:
    """Messages to Helen, by id."""
    with requests_engine(open_store(url), clock) as engine:
        for number in range(MESSAGES):
            engine.start(Ask.ask(text="x"), by=ANNA, case_id=f"r{number:02}")
    return [f"r{number:02}:1:helen" for number in range(MESSAGES)]


@pytest.mark.parametrize("past_its_lease", [False, True])
def test_while_a_notifier_hangs_commands_and_other_workers_go_on(
    url: str, clock: ManualClock, asked: list[str], past_its_lease: bool
):
    """Within its lease nothing is sent twice; past it only the message in hand, under the same id."""
    hanging, go_on = threading.Event(), threading.Event()

    def hang(message: Message) -> Delivered:
        if not hanging.is_set():
            hanging.set()
            assert go_on.wait(30)
        return Delivered()

    slow, of_slow = opened(url, clock, hang)
    other, of_other = opened(url, clock, lambda _: Delivered())
    ticking = threading.Thread(target=slow.tick)
    ticking.start()
    try:
        assert hanging.wait(30)
        assert other.perform("r00", Ask.answer(text="yes"), by=HELEN).version == 2
        other.start(Errand.send(title="t"), by=HELEN, case_id="e1")
        if past_its_lease:
            clock.advance(LEASE + dt.timedelta(seconds=1))
        other.tick()
    finally:
        go_on.set()
        ticking.join()
    in_hand = of_slow[0]
    for engine in (other, slow):
        engine.tick()
    sent = Counter([*of_slow, *of_other])
    assert set(sent) >= set(asked)
    twice = [one for one, times in sent.items() if times > 1]
    assert twice == ([in_hand] if past_its_lease else [])
    assert other.outbox() == other.outbox(state="dead") == ()
    assert other.verify() == ()
    for engine in (other, slow):
        engine.close()


def test_notifiers_of_every_strange_kind_together_lose_no_message_and_hold_up_none(
    url: str, clock: ManualClock, asked: list[str]
):
    """Each message meets another strangeness first, and goes through when its turn comes again."""
    strange: list[Callable[[], Any]] = [
        lambda: None,
        lambda: "delivered",
        lambda: Delivered,
        lambda: 1 // 0,
        lambda: Temporary("busy", retry_after=dt.timedelta(days=-1)),
        lambda: Temporary("\udc80\0"),
        lambda: Temporary("busy", retry_after="soon"),  # type: ignore[arg-type]
        lambda: {}["no answer"],
        lambda: (_ for _ in ()).throw(SystemError("deep")),
        lambda: sys.exit(3),
        lambda: (_ for _ in ()).throw(asyncio.CancelledError()),
        lambda: Permanent("unknown address"),
    ]
    tried: dict[str, int] = {}

    def answer(message: Message) -> Any:
        tried[message.id] = tried.get(message.id, -1) + 1
        number = asked.index(message.id) if message.id in asked else MESSAGES
        return strange[number]() if tried[message.id] == 0 and number < len(strange) else Delivered()

    engine, seen = opened(url, clock, answer)
    with engine:
        report = engine.tick()
        assert report.delivered == len(seen) - len(strange), "the rest of the tick went on"
        assert [one for one, _ in report.dead] == [asked[len(strange) - 1]], "refused for good"
        assert engine.verify() == ()
        for _ in range(3):
            clock.advance(dt.timedelta(minutes=5))
            engine.tick()
        assert engine.outbox() == ()
        [dead] = engine.outbox(state="dead")
        assert engine.requeue(dead) == (dead.id,)
        engine.tick()
        assert engine.outbox(state="dead") == ()
        delivered = {one.id for one in engine.outbox(state="delivered")}
        assert delivered >= set(asked)
        assert {one: seen.count(one) for one in asked} == {
            one: 2 if number < len(strange) else 1 for number, one in enumerate(asked)
        }


def test_a_notifier_that_never_comes_back_holds_up_no_worker_and_no_other_channel(
    url: str, clock: ManualClock, asked: list[str]
):
    """One message hangs for ever, whoever sends it; then all of a channel."""
    for_ever = threading.Event()

    def hang(message: Message) -> Delivered:
        if message.id == asked[0]:
            for_ever.wait()
        return Delivered()

    hanging = Patient(Answering(hang), seconds=0.05)
    with requests_engine(open_store(url), clock, notifier=hanging) as engine:
        assert (engine.tick().delivered, [one.id for one in engine.outbox()]) == (MESSAGES - 1, [asked[0]])
        [one] = engine.outbox()
        assert (one.attempts, one.reason) == (1, "the notifier did not answer within 0.05 seconds")
    for_ever.set()

    stuck, seen = threading.Event(), []

    def by_phone(message: Message) -> Delivered:
        seen.append(message)
        if message.channel == "phone":
            stuck.wait()
        return Delivered()

    notifier, phoned = Patient(Answering(by_phone), seconds=0.01), message(channel="phone")
    assert [type(notifier.send(phoned)) for _ in range(10)] == [Unknown] * 8 + [Temporary] * 2
    assert notifier.send(message()) == Delivered()
    assert len(seen) == 9
    stuck.set()
    while isinstance(notifier.send(phoned), Temporary):
        pass


def test_what_ends_every_worker_that_takes_it_holds_up_no_other_message_and_is_given_up(
    url: str, clock: ManualClock, asked: list[str]
):
    """A message that takes the program along, such as a library that fails in C: each worker is one that dies."""
    poison, sent = asked[2], []

    class Died(KeyboardInterrupt):
        """Nothing of the program does anything after it."""

    def die(message: Message) -> Delivered:
        if message.id == poison:
            raise Died
        sent.append(message.id)
        return Delivered()

    died = 0
    with requests_engine(open_store(url), clock, notifier=Answering(die)) as engine:
        while engine.outbox():
            assert died < 300
            try:
                engine.tick(limit=5)
            except Died:
                died += 1
            clock.advance(LEASE if died < MAX_TRIES else dt.timedelta(days=1))
        assert set(asked) - set(sent) == {poison}
        assert max(Counter(sent).values()) <= 1, "what was sent is settled before the next is begun"
        [dead] = engine.outbox(state="dead")
        assert dead.id == poison
        assert "nobody who took it lived to say what came of it" in dead.reason
        assert died >= MAX_TRIES
