"""What the kit says of processes: right ones pass, and each kind of wrong one is found by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from ask import ANNA, REGULATION, ROLES, RULES, Ask, Errand
from hypothesis import given, settings
from hypothesis import strategies as st

from salesreg.adapters.memory import MemoryStore
from salesreg.engine import ProcessEngine
from salesreg.errors import SalesregError
from salesreg.ports import Directory, Store
from salesreg.process import Attempt, Case, Process, Refusal, Rulebook, Stage, Step, start, step
from salesreg.rules import Parameter, Regulation, Role
from salesreg.testing import check_process, strategies
from salesreg.testing.promises import Promises

CLERK = Role("clerk", "clerk")


@attrs.frozen
class Letter:
    text: str
    answered: bool = False


class Letters(Process[Letter]):
    """Letters that are answered."""

    id, version, title = "letter", 1, "Letter"
    came = Stage("Came", CLERK, no_term="when there is time")
    done = Stage("Answered", final=True)

    @step(start(came), "Receive", by=CLERK, clause="L1")
    def receive(self, *, text: str) -> Letter:
        return Letter(text)

    @step(came.to(done), "Answer", by=CLERK, clause="L2")
    def answer(self, letter: Letter) -> Letter:
        return attrs.evolve(letter, answered=True)


def never(letter: Letter, attempt: Attempt) -> Iterator[Refusal]:
    yield Refusal("never", "nothing is ever answered", clause="L2")


class Unanswerable(Letters):
    """Nobody can ever answer."""

    version = 2
    answer = Letters.answer.changed(requires=[never])


class Orphaned(Letters):
    """A stage that nothing leads out of."""

    version = 2
    lost = Stage("Lost", CLERK, no_term="for ever")
    lose = Step(Letters.came.to(lost), "Lose", by=CLERK)


# -- processes --------------------------------------------------------------------------------------------------------


def test_a_process_that_keeps_its_promises_passes():
    check_process(Letters, max_examples=5)
    check_process(Ask, rulebook=RULES, regulation=REGULATION, others=[Errand], max_examples=3)


def test_a_process_is_read_before_it_is_driven():
    with pytest.raises(AssertionError, match=r"as it is written: .*lost"):
        check_process(Orphaned)


def test_a_case_that_nobody_can_bring_on_is_stuck():
    with pytest.raises(AssertionError, match="is stuck: nobody may take any step"):
        check_process(Unanswerable, max_examples=5)


def test_a_run_may_begin_where_others_have_brought_it():
    def answered(engine: ProcessEngine) -> None:
        engine.perform(
            engine.start(Letters.receive(text="hello"), by="clerk.1", case_id="L-1"), Letters.answer(), by="clerk.2"
        )
        reached.append([case.stage for case in engine.cases(Letters)])

    reached: list[list[str]] = []
    check_process(Letters, max_examples=2, before=answered)
    assert reached[:2] == [["done"], ["done"]], "on memory and on SQLite"


# -- what is promised, broken by a store or an engine that lies -------------------------------------------------------


@pytest.fixture
def store() -> Store:
    return MemoryStore()


@pytest.fixture
def engine(store: Store) -> Iterator[ProcessEngine]:
    from ask import PEOPLE

    from salesreg.adapters.memory import MemoryDirectory
    from salesreg.testing import ManualClock

    clock = ManualClock(dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC))
    directory: Directory = MemoryDirectory(PEOPLE)
    with_it = ProcessEngine(store, rulebook=RULES, regulation=REGULATION, directory=directory, clock=clock)
    yield with_it
    with_it.close()


def asked(engine: ProcessEngine) -> Case[Any]:
    return engine.start(Ask.ask(text="may I?"), by=ANNA, case_id="r1")


def test_a_refusal_that_leaves_a_trace_is_found(engine, store):
    promises, case = Promises(engine, store), asked(engine)
    seen = promises.before(case, Ask.steps["answer"], ANNA)
    store.keep_fingerprint("request", 1, "firm", "changed")
    with pytest.raises(AssertionError, match="answer was refused and left a trace"):
        promises.after(seen, SalesregError("no"), repeated=False)


def test_a_step_that_was_said_to_be_impossible_is_found(engine, store):
    promises, case = Promises(engine, store), asked(engine)
    seen = promises.before(case, Ask.steps["answer"], ANNA)
    with pytest.raises(AssertionError, match="answer was taken, though it was said not to be"):
        promises.after(seen, case, repeated=False)
    promises.after(seen, case, repeated=True)


def test_a_case_that_leaves_its_end_is_found(engine, store):
    promises, case = Promises(engine, store), asked(engine)
    denied = engine.perform(case, Ask.deny(), by="helen")
    promises.hold([denied])
    with pytest.raises(AssertionError, match="has left a final stage"):
        promises.hold([case])


def test_a_verdict_that_changes_is_found(engine, store):
    promises, _ = Promises(engine, store), asked(engine)
    owed = engine.obligations()
    late = attrs_of(owed[0], status="met_late", closed_at=owed[0].due + dt.timedelta(1))
    promises._verdict(late)
    with pytest.raises(AssertionError, match="the verdict of"):
        promises._verdict(attrs_of(late, status="met", closed_at=owed[0].due))
    with pytest.raises(AssertionError, match="after it was due, and is not late"):
        promises._verdict(attrs_of(late, id="another", status="met"))
    with pytest.raises(AssertionError, match="before it began"):
        promises._verdict(attrs_of(late, id="early", closed_at=owed[0].started_at - dt.timedelta(1)))
    promises._verdict(attrs_of(owed[0], id="open", status="breached", closed_at=None))
    with pytest.raises(AssertionError, match="was breached and is"):
        promises._verdict(attrs_of(late, id="open", status="cancelled"))


def attrs_of(obligation, **changes):
    from msgspec.structs import replace

    from salesreg.process import ObligationStatus

    if "status" in changes:
        changes["status"] = ObligationStatus(changes["status"])
    return replace(obligation, **changes)


# -- what is drawn ----------------------------------------------------------------------------------------------------

few = settings(max_examples=15, deadline=None)


@pytest.mark.parametrize(("page", "stage"), [(page, stage) for page in (Ask, Errand) for stage in page.stages])
def test_a_case_is_drawn_in_the_stage_that_is_asked_for(page, stage):
    @settings(max_examples=5, deadline=None)
    @given(strategies.cases(page, stage=stage, regulation=REGULATION))
    def draw(case: Case[Any]) -> None:
        assert case.stage == stage

    draw()


def test_a_stage_may_be_named_by_itself_and_a_process_without_open_parameters_needs_no_regulation():
    @few
    @given(strategies.cases(Letters, stage=Letters.done))
    def draw(case: Case[Letter]) -> None:
        assert case.data.answered

    draw()


def test_commands_come_legal_and_illegal_with_why_they_were_refused():
    refused = set()

    @settings(max_examples=60, deadline=None)
    @given(strategies.histories(Ask, regulation=REGULATION, stray=True))
    def draw(history: strategies.History) -> None:
        taken = [one for one in history.tried if one.refused is None]
        assert len(taken) == history.case.version
        assert [one.at for one in history.tried] == sorted(one.at for one in history.tried)
        refused.update(type(one.refused).__name__ for one in history.tried if one.refused is not None)

    draw()
    assert "StepRefused" in refused


def test_a_regulation_is_wrong_in_the_one_thing_that_is_named():
    flaws = set()

    @few
    @given(strategies.flawed_regulations(Needy, ROLES))
    def draw(flawed: strategies.Flawed) -> None:
        with pytest.raises(SalesregError, match=flawed.name.replace(".", r"\.")):
            BOOK.bind(flawed.regulation)
        flaws.add(flawed.flaw)

    @few
    @given(strategies.regulations(Needy, ROLES))
    def right(regulation: Regulation) -> None:
        BOOK.bind(regulation)

    draw()
    right()
    assert flaws == {"missing", "unread"}


def test_people_come_and_go_and_stand_in_for_one_another():
    seen = set()

    @settings(max_examples=60, deadline=None)
    @given(strategies.directories(ROLES), st.integers(0, 14))
    def draw(directory: Directory, days: int) -> None:
        day = dt.date(2026, 3, 2) + dt.timedelta(days)
        seen.update(type(one).__name__ for one in directory.absences(day))
        for role in ROLES:
            holders = directory.holders(role.id, day)
            assert holders, "whoever leaves, somebody still holds every role"
            seen.update("delegated" for one in holders if directory.delegations(one.id, day))

    draw()
    assert seen == {"Absence", "delegated"}


def test_instants_love_edges():
    @settings(max_examples=300, deadline=None)
    @given(st.lists(strategies.instants(), min_size=1, max_size=1))
    def draw(found: list[dt.datetime]) -> None:
        seen.update((one.hour, one.minute) for one in found)
        assert all(dt.datetime(2024, 1, 1, tzinfo=dt.UTC) <= one <= LAST for one in found)

    seen: set[tuple[int, int]] = set()
    draw()
    assert {(6, 0), (15, 0), (21, 0)} <= seen, "offices open, close, and a date begins"


LAST = dt.datetime(2026, 12, 31, tzinfo=dt.UTC)


class Needy(Letters):
    """Needs to be told who answers."""

    version = 3
    answerer = Parameter("letter.answerer", Role, "Who answers.", clause="L2")
    answer = Letters.answer.changed(by=[answerer])


BOOK = Rulebook("letters", roles=[CLERK, *ROLES], processes=[Needy])
