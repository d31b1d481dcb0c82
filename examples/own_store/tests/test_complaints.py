from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from own.complaints import RULES, Complaint, ComplaintProcess
from own.notifier import BoxNotifier
from own.store import JsonStore

from salesreg import Case, ProcessEngine, Rulebook, StepRefused
from salesreg.adapters.memory import MemoryDirectory
from salesreg.errors import StoreUnavailable
from salesreg.ports import Temporary
from salesreg.testing import FaultyStore, FlakyNotifier, check_process, plain_regulation
from salesreg.testing.strategies import cases


@pytest.fixture
def rulebook() -> Rulebook:
    return RULES


def test_it_keeps_what_every_process_promises() -> None:
    check_process(ComplaintProcess, rulebook=RULES, max_examples=10)


@given(cases(ComplaintProcess, stage=ComplaintProcess.answered))
def test_nobody_is_answered_before_somebody_has_looked_into_it(case: Case[Complaint]) -> None:
    assert case.data.found
    assert case.data.answer


def test_it_is_answered_in_two_days(engine, clock, outbox) -> None:
    complaint = engine.start(ComplaintProcess.receive(text="late"), by="clerk.1")
    with pytest.raises(StepRefused, match="nobody has looked into it"):
        engine.perform(complaint, ComplaintProcess.make_good(answer="sorry"), by="clerk.1")
    [owed] = complaint.obligations
    clock.move_to(owed.due)
    engine.tick(trust_clock=True)
    assert {one.to for one in outbox.delivered} >= {"clerk.2"}
    for step in (ComplaintProcess.look_into(found="ours"), ComplaintProcess.make_good(answer="sorry")):
        complaint = engine.perform(complaint, step, by="clerk.2")
    assert [one.status for one in engine.obligations(case=complaint.id)] == ["met"]


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_with_our_own_store_and_notifier_nothing_is_lost_or_done_twice(tmp_path: Path, clock, people, moment) -> None:
    store, boxes = FaultyStore(JsonStore(tmp_path / "cases.json")), BoxNotifier(tmp_path / "boxes")
    flaky = FlakyNotifier(boxes, cycle([Temporary("the lid is stuck"), None]))
    directory = MemoryDirectory(people)
    engine = ProcessEngine(
        store, rulebook=RULES, regulation=plain_regulation(), directory=directory, clock=clock, notifier=flaky
    )
    store.fail(moment)
    received = ComplaintProcess.receive(text="late")
    with pytest.raises(StoreUnavailable):
        engine.start(received, by="clerk.1", command_key="letter 17")
    complaint = engine.start(received, by="clerk.1", command_key="letter 17")
    for _ in range(4):
        engine.tick(trust_clock=True)
        clock.move_to(engine.backlog().next_at or clock.now())
    assert [one.id for one in engine.cases()] == [complaint.id]
    assert "clerk.2@firm.example" in {one["to"] for one in boxes.letters()}
    engine.close()
    again = JsonStore(tmp_path / "cases.json")
    assert [one.case for one in again.events()] == [complaint.id]
