"""Four writers and a ticker killed at random: what was acknowledged is there, once; events lead to what is stored."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from ask import ANNA, Ask, Errand
from forking import Program, Programs
from programs import BEGUN, OF_A_REQUEST, Appending, Fast, command, reacting_engine, ticking, writing

from salesreg.engine import open_store
from salesreg.engine.turns import LEASE
from salesreg.ports import ObligationQuery
from salesreg.process import ObligationStatus
from salesreg.testing import ManualClock

OWED = (ObligationStatus.OPEN, ObligationStatus.PAUSED)


class Writer:
    """One of the writers: it is killed, and begins again with the last command that it has acknowledged."""

    def __init__(self, others: Programs, url: str, name: str, start: float) -> None:
        self._others = others
        self._given = url, name
        self._start = start
        self._next = 0
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.program: Program = self._begun()

    def _begun(self) -> Program:
        return self._others.start(writing, *self._given, self._next, self._start)

    def killed(self) -> None:
        for line in self.program.kill():
            key, case, version = line.split()
            assert self.acknowledged.setdefault(key, (case, int(version))) == (case, int(version)), (
                "a repeated command returns what it first did"
            )
        self._next = max(0, len(self.acknowledged) - 1)

    def again(self) -> None:
        self.program = self._begun()


@pytest.fixture
def start(url: str) -> float:
    """When it begins, with a case that everybody shares."""
    with reacting_engine(url, ManualClock(BEGUN)) as engine:
        engine.start(Ask.ask(text="x"), by=ANNA, case_id="shared")
    return time.time()


def whole(url: str, acknowledged: Sequence[dict[str, tuple[str, int]]]) -> None:
    """Every acknowledged command is there once, where it said; nothing is there but what was asked for, and whole."""
    with open_store(url) as store, reacting_engine(url, ManualClock(BEGUN)) as engine:
        assert engine.verify() == ()
        assert store.faults() == ()
        cases = engine.cases(limit=100_000)
        events = {case.id: engine.history(case) for case in cases}
        keys = Counter(event.command_key for several in events.values() for event in several if event.command_key)
        assert max(keys.values()) == 1
        for one in acknowledged:
            for key, (case_id, version) in one.items():
                assert key in {event.command_key for event in events[case_id][:version]}
        for case in engine.cases(Ask, limit=100_000):
            steps = Counter(event.step for event in events[case.id])
            assert max(count for step, count in steps.items() if step != "amend") == 1
            if case.id != "shared":
                assert store.holder(f"request.number:{case.id}") == case.id
                assert len(engine.cases(Errand, parent=case.id)) == steps["answer"], (
                    "a reaction happens with its step or not at all"
                )
            owed = store.obligations(ObligationQuery(case=case.id, statuses=OWED))
            assert bool(owed) is (case.stage == "asked")


def told(url: str, sent: Path, kills: int) -> None:
    """Every message is sent in the end, and none twice but what a killed ticker had in hand, under the same id."""
    with open_store(url) as store:
        clock = ManualClock(BEGUN)
        engine = reacting_engine(url, clock, notifier=Appending(str(sent), 0))
        clock.move_to(max(case.last_at for case in engine.cases(limit=100_000)))
        for _ in range(60):  # the ticker's last lease may have begun a while after that
            clock.advance(LEASE + dt.timedelta(seconds=1))
            engine.tick()
            if not store.messages("waiting"):
                break
        engine.close()
        assert store.messages("waiting") == store.messages("dead") == []
        delivered = {message.id for message, _ in store.messages("delivered", 100_000)}
    ids = Counter(sent.read_text("utf-8").splitlines())
    assert delivered <= set(ids)
    assert sum(times - 1 for times in ids.values()) <= kills


def test_nothing_is_lost_doubled_or_torn_whoever_of_four_writers_and_a_ticker_is_killed(
    others: Programs, url: str, start: float, tmp_path: Path
):
    chance, sent = random.Random(20260302), tmp_path / "sent"
    writers = [Writer(others, url, name, start) for name in ("a", "b", "c", "d")]
    ticker, ticks_killed = others.start(ticking, url, sent, start), 0
    for _ in range(10):
        which = chance.randrange(5)
        killed = ticker if which == 4 else writers[which].program
        killed.wait_for_reports(chance.randint(1, 6))
        time.sleep(chance.random() * 0.02)
        if which < 4:
            writers[which].killed()
            writers[which].again()
        else:
            ticker.kill()
            ticks_killed += 1
            ticker = others.start(ticking, url, sent, start)
    for writer in writers:
        writer.program.wait_for_reports(2 * OF_A_REQUEST)
        writer.killed()
    ticker.kill()
    assert min(len(writer.acknowledged) for writer in writers) >= 2 * OF_A_REQUEST
    whole(url, [writer.acknowledged for writer in writers])
    told(url, sent, ticks_killed + 1)


def test_a_command_under_one_key_happens_once_whoever_else_repeats_it_before_during_and_after_a_crash(
    others: Programs, url: str, start: float
):
    """Two programs give the same commands, and each is killed and begins with the first again."""
    chance = random.Random(20260303)
    twins = [Writer(others, url, "a", start) for _ in range(2)]
    for number in range(8):
        twin = twins[number % 2]
        twin.program.wait_for_reports(chance.randint(1, 4 * OF_A_REQUEST))
        time.sleep(chance.random() * 0.02)
        twin.killed()
        twin._next = 0
        twin.again()
    for twin in twins:
        twin.program.wait_for_reports(4 * OF_A_REQUEST)
        twin.killed()
    first, second = (twin.acknowledged for twin in twins)
    assert all(second.get(key, led) == led for key, led in first.items())
    whole(url, [first, second])
    with reacting_engine(url, Fast(start, BEGUN)) as engine:
        for number, (key, led) in enumerate(first.items()):
            again, case = command(engine, "a", number)
            assert (again, case.id, case.version) == (key, *led)
    whole(url, [first, second])
