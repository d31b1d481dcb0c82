"""The stand-ins keep the contracts of what they stand in for, and fail where and when they are told to."""

import itertools
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from salesreg import Employee
from salesreg.adapters.memory import MemoryDirectory, MemoryStore
from salesreg.commercial import COMMERCIAL, Sale, example
from salesreg.commercial.domain.clients import ClientDraft
from salesreg.commercial.roles import MANAGER
from salesreg.engine import ProcessEngine
from salesreg.errors import OutcomeUnknown, StoreUnavailable
from salesreg.ports import CaseQuery, Command, Delivered, Notifier, Permanent, Store, Temporary, Unknown
from salesreg.testing import (
    FaultyStore,
    FlakyNotifier,
    ManualClock,
    NotifierContract,
    RecordingNotifier,
    StoreContract,
)
from salesreg.testing._records import batch, case, message

ANNA = Employee("anna", "Anna", [MANAGER])


class TestFaultyStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return FaultyStore(MemoryStore())

    def another(self, store: Store):
        return closing(FaultyStore(MemoryStore()))


class TestFlakyNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self) -> Notifier:
        self.post = RecordingNotifier()
        return FlakyNotifier(self.post)

    def arrived(self, notifier: Notifier):
        return [(one.address or one.to, one.subject, one.text) for one in self.post.delivered]


@pytest.mark.parametrize(("moment", "kept"), [("before", False), ("during", False), ("after", True)])
def test_a_commit_fails_at_the_moment_that_is_asked_for(moment, kept):
    store = FaultyStore(MemoryStore()).fail(None, moment)
    store.commit(batch(case("first")))
    command = Command("k", "f", "c-1", 1)
    with pytest.raises(StoreUnavailable) as failed:
        store.commit(batch(case(), command=command, messages=(message(),), keys_taken=("n",)))
    assert isinstance(failed.value, OutcomeUnknown) is kept
    assert [it.id for it in store.find(CaseQuery())] == (["c-1", "first"] if kept else ["first"])
    assert (store.holder("n"), len(store.messages("waiting"))) == (("c-1", 1) if kept else (None, 0))
    again = store.commit(batch(case(), command=command, messages=(message(),), keys_taken=("n",)))
    assert again.earlier == (command if kept else None)
    assert len(store.messages("waiting")) == 1


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_an_engine_says_that_its_store_failed_and_a_repeated_command_settles_it(moment):
    store = FaultyStore(MemoryStore())
    clock = ManualClock(datetime(2026, 3, 2, 7, tzinfo=UTC))
    directory = MemoryDirectory([ANNA])
    engine = ProcessEngine(store, rulebook=COMMERCIAL, regulation=example(), directory=directory, clock=clock)
    prospect = Sale.register_prospect(source="call", client=ClientDraft("Vega"))
    store.fail(moment)
    with pytest.raises(StoreUnavailable):
        engine.start(prospect, by=ANNA, command_key="once")
    begun = engine.start(prospect, by=ANNA, command_key="once")
    assert [one.id for one in engine.cases()] == [begun.id]
    assert engine.verify() == ()


def test_a_notifier_fails_as_is_arranged_and_then_no_more():
    post = RecordingNotifier()
    failures = [Temporary("busy"), Unknown("broken"), Permanent("gone"), None, TimeoutError("never")]
    flaky = FlakyNotifier(post, failures)
    reported = [flaky.send(message(number)) for number in (1, 2, 3, 4)]
    assert reported == [Temporary("busy"), Unknown("broken"), Permanent("gone"), Delivered()]
    with pytest.raises(TimeoutError):
        flaky.send(message(5))
    assert flaky.send(message(6)) == Delivered()
    assert [one.id for one in post.delivered] == [message(number).id for number in (2, 4, 6)]


def test_a_notifier_may_stay_flaky_and_everything_arrives_in_the_end():
    clock, post = ManualClock(datetime(2026, 3, 2, 7, tzinfo=UTC)), RecordingNotifier()
    flaky = FlakyNotifier(post, itertools.cycle([Temporary("busy"), ConnectionError("reset"), None]))
    engine = ProcessEngine(
        MemoryStore(),
        rulebook=COMMERCIAL,
        regulation=example(),
        directory=MemoryDirectory([ANNA]),
        clock=clock,
        notifier=flaky,
    )
    for number in range(3):
        engine.start(Sale.register_prospect(source="call", client=ClientDraft(f"Vega {number}")), by=ANNA)
    for _ in range(60):
        clock.advance(timedelta(hours=12))
        engine.tick(trust_clock=True)
    told = [one.id for one in post.delivered]
    assert told
    assert len(told) == len(set(told))
    assert len(post.attempts) == len(told), "what was to fail was not sent"
    assert engine.outbox() == ()
