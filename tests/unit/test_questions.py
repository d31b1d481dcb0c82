"""What an app asks the engine: cases, how many, obligations, tasks, and which steps somebody may take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from ask import (
    ANNA,
    BORIS,
    CHIEF,
    DOER,
    FAINA,
    FINANCE,
    HEAD,
    HELEN,
    IVAN,
    OLGA,
    PEOPLE,
    Ask,
    Errand,
    moscow,
    requests_engine,
)

from salesreg import Delegation, ProcessEngine, StepRefused, Task
from salesreg.adapters.memory import MemoryDirectory
from salesreg.errors import (
    CaseNotFound,
    NaiveDatetimeError,
    PayloadError,
    SalesregError,
    UnknownAttribute,
    UnknownEmployee,
    UnknownProcess,
    UnknownStage,
)
from salesreg.ports import Store
from salesreg.testing import ManualClock

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def asked(engine: ProcessEngine, case_id: str, by: Any = ANNA, **given: Any) -> Any:
    return engine.start(Ask.ask(**{"text": "May I?", **given}), by=by, case_id=case_id)


def checked(engine: ProcessEngine, case_id: str) -> Any:
    """A request that waits for finance, without a clock."""
    asked(engine, case_id)
    engine.perform(case_id, Ask.answer(text="yes"), by=HELEN)
    return engine.perform(case_id, Ask.decide(), by=HELEN)


def sent(engine: ProcessEngine, case_id: str, **given: Any) -> Any:
    return engine.start(Errand.send(**{"title": "t", **given}), by=HELEN, case_id=case_id)


# -- cases ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(each_store: Store) -> Store:
    return each_store


@pytest.fixture
def several(engine: ProcessEngine, clock: ManualClock) -> Callable[..., list[str]]:
    """Three requests and two errands, a minute apart; the ids of those that match."""
    asked(engine, "r1", number="7")
    clock.advance(MINUTE)
    asked(engine, "r2", by=BORIS, number="17")
    clock.advance(MINUTE)
    engine.perform("r2", Ask.deny(), by=IVAN)
    checked(engine, "r3")
    clock.advance(MINUTE)
    sent(engine, "e1", request="r1", client="Vega Lift", doer="olga")
    sent(engine, "e2", client="Вега")
    engine.perform("e2", Errand.ask_to_read(readers=("anna", "faina")), by=HELEN)
    return lambda *process, **criteria: [case.id for case in engine.cases(*process, **criteria)]


def test_cases_are_found_by_process_stage_end_key_and_parent(several: Callable[..., list[str]]):
    assert several() == ["e1", "e2", "r1", "r2", "r3"]
    assert several("request") == several(Ask) == ["r1", "r2", "r3"]
    assert several(stage="denied") == several(ended=True) == ["r2"]
    assert several(Ask, ended=False) == ["r1", "r3"]
    assert several(key="request.number:7") == ["r1"]
    assert several(parent="r1") == ["e1"]


def test_cases_are_found_by_whom_they_wait_for(engine: ProcessEngine, several: Callable[..., list[str]]):
    assert several(owner=HEAD) == several(owner=HELEN) == several(owner="helen") == ["r1"]
    assert several(owner=FAINA) == several(owner=FINANCE) == ["r3"]
    assert several(owner=OLGA) == ["e1", "e2"], "her own, and what her role has in its queue"
    assert several(owner=DOER) == ["e2"]
    assert several(owner=IVAN) == []
    engine.perform("e1", Errand.pass_on(doer="boris"), by=HELEN)
    assert several(owner=BORIS) == ["e1"]


def test_cases_are_found_by_what_the_process_says_it_is_looked_up_by(several: Callable[..., list[str]]):
    assert several(where={"client": "Vega Lift"}) == several(where={"client": "VEGA lift"}) == ["e1"]
    assert several(where={"client": "vega"}) == [], "the whole of it"
    assert several(where={"client": "vega*"}) == ["e1"]
    assert several(where={"client": "вег*"}) == ["e2"]
    assert several(where={"client": "*"}) == ["e1", "e2"]
    assert several(where={"reader": "faina"}) == ["e2"], "one of several values is enough"
    assert several(where={"author": "anna", "number": "7"}) == ["r1"], "both"
    assert several(where={"author": "anna", "client": "*"}) == []


def test_what_is_looked_up_follows_the_data(engine: ProcessEngine, several: Callable[..., list[str]]):
    engine.perform("r1", Ask.renumber(number="8"), by=ANNA)
    assert (several(where={"number": "7"}), several(where={"number": "8"})) == ([], ["r1"])
    engine.perform("e2", Errand.confirm_read(), by=FAINA)
    assert several(where={"reader": "faina"}) == []


def test_cases_are_found_by_the_instant_of_their_last_event(several: Callable[..., list[str]]):
    first, last = moscow("2026-03-02 10:02"), moscow("2026-03-02 10:03")
    assert several(since=first, until=last) == ["r2", "r3"], "from the first instant on, before the other"
    assert several(until=first) == [], "the child has touched its parent since"
    assert several(since=last) == ["e1", "e2", "r1"]
    with pytest.raises(NaiveDatetimeError):
        several(since=first.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("id", ["e1", "e2", "r1", "r2", "r3"]),
        ("-id", ["r3", "r2", "r1", "e2", "e1"]),
        ("last_at", ["r2", "r3", "e1", "e2", "r1"]),
        ("-last_at", ["r1", "e2", "e1", "r3", "r2"]),
    ],
)
def test_cases_come_in_the_order_that_is_asked_for_page_by_page(
    engine: ProcessEngine, several: Callable[..., list[str]], order: Any, expected: list[str]
):
    assert several(order=order) == expected
    found: list[Any] = []
    while page := engine.cases(order=order, after=found[-1] if found else None, limit=2):
        found += page
    assert [case.id for case in found] == expected


def test_cases_are_counted(engine: ProcessEngine, several: Callable[..., list[str]]):
    assert (engine.count(), engine.count(Ask), engine.count("errand")) == (5, 3, 2)
    assert engine.count(ended=True) == 1
    assert engine.count(Errand, owner=OLGA, where={"client": "vega*"}) == 1
    assert engine.count(parent="r1", since=moscow("2026-03-02 10:00")) == 1


# -- obligations ------------------------------------------------------------------------------------------------------


def test_obligations_are_found_by_case_owner_process_norm_and_status_as_of_now(
    engine: ProcessEngine, clock: ManualClock
):
    asked(engine, "r1")
    asked(engine, "r2")
    engine.perform("r2", Ask.answer(text="yes"), by=HELEN)
    sent(engine, "e1", doer="olga")

    def found(**query: Any) -> list[tuple[str, str]]:
        return [(one.id, str(one.status)) for one in engine.obligations(**query)]

    assert found(case="r2") == [("r2:request.answer:1", "met"), ("r2:request.decide:1", "open")]
    assert found(case=engine.case("r1"), status="open") == [
        ("r1:request.answer:1", "open"), ("r1:request.decide:1", "open"),
    ]  # fmt: skip
    assert found(owner=OLGA) == found(owner="olga") == found(process=Errand) == [("e1:errand.finish:1", "open")]
    assert found(owner=DOER) == []
    assert len(found(owner=HELEN)) == len(found(owner=HEAD)) == len(found(process="request")) == 4
    assert found(status="met") == [("r2:request.answer:1", "met")]
    assert found(norm="request.decide") == [("r1:request.decide:1", "open"), ("r2:request.decide:1", "open")]

    clock.move_to(moscow("2026-03-02 10:30"))
    assert found(status="breached") == []
    clock.advance(dt.timedelta(microseconds=1))
    assert found(status="breached") == [("r1:request.answer:1", "breached")]
    assert "r1:request.answer:1" not in [one for one, _ in found(status="open")]
    engine.perform("r1", Ask.pause(), by=HELEN)
    assert found(status="paused") == [("r1:request.decide:1", "paused")]
    engine.perform("r1", Ask.deny(), by=HELEN)
    assert found(case="r1", status="cancelled") == [("r1:request.decide:1", "cancelled")]
    assert found(case="r1", status="breached") == [("r1:request.answer:1", "breached")], "given up late is breached"


def test_a_limit_counts_what_is_asked_for_and_pages_follow_one_another(engine: ProcessEngine, clock: ManualClock):
    for number in range(5):
        asked(engine, f"r{number}")
    engine.perform("r3", Ask.answer(text="yes"), by=HELEN)
    clock.move_to(moscow("2026-03-02 11:00"))
    assert len(engine.obligations(status="breached", limit=3)) == 3
    assert len(engine.obligations(status="open", limit=3)) == 3
    assert len(engine.obligations(status="met", limit=3)) == 1
    for after in (lambda last: last, lambda last: last.id):
        found: list[Any] = []
        while page := engine.obligations(status="open", after=after(found[-1]) if found else None, limit=2):
            found += page
        assert found == list(engine.obligations(status="open"))


# -- tasks ------------------------------------------------------------------------------------------------------------


def names(tasks: tuple[Task, ...]) -> list[str]:
    return [task.id for task in tasks]


def test_tasks_are_what_somebody_owes_by_its_due_instant_and_then_what_waits_for_them(engine: ProcessEngine):
    checked(engine, "r3")
    checked(engine, "r2")
    sent(engine, "e1")
    engine.perform("e1", Errand.pass_on(doer="faina"), by=HELEN)
    engine.perform("e1", Errand.see(), by=FAINA)
    engine.perform("e1", Errand.ask_to_read(readers=("faina",)), by=HELEN)
    due = [(task.id, task.due) for task in engine.tasks(FAINA)]
    assert due == [
        ("e1:errand.report:3", moscow("2026-03-02 12:00")),
        ("e1:errand.finish:1", moscow("2026-03-03 18:00")),
        ("e1:errand.read:4:faina", moscow("2026-03-03 18:00")),
        ("r2", None),
        ("r3", None),
    ]
    first, *_, last = engine.tasks("faina")
    assert (first.case, first.obligation) == (engine.case("e1"), engine.case("e1").obligations[1])
    assert (last.case, last.obligation) == (engine.case("r3"), None)


def test_a_stage_without_a_term_is_somebodys_task(engine: ProcessEngine):
    """A case that waits for the finance officer, whom no clock drives, is on the officer's list and no other."""
    checked(engine, "r1")
    assert names(engine.tasks(FAINA)) == ["r1"]
    assert [names(engine.tasks(one)) for one in (ANNA, BORIS, IVAN, OLGA)] == [[]] * 4
    engine.perform("r1", Ask.confirm(), by=FAINA)
    assert engine.tasks(FAINA) == ()


def test_a_case_is_no_second_task_of_whoever_owes_something_in_it(engine: ProcessEngine):
    asked(engine, "r1")
    assert names(engine.tasks(HELEN)) == ["r1:request.answer:1", "r1:request.decide:1"]


def test_what_stands_still_comes_after_what_has_a_due_instant(engine: ProcessEngine):
    asked(engine, "r1")
    engine.perform("r1", Ask.pause(), by=HELEN)
    asked(engine, "r2")
    engine.perform("r2", Ask.answer(text="yes"), by=HELEN)
    assert names(engine.tasks(HELEN)) == ["r1:request.answer:1", "r2:request.decide:1", "r1:request.decide:1"]


def test_what_is_overdue_stays_a_task_and_what_is_done_does_not(engine: ProcessEngine, clock: ManualClock):
    asked(engine, "r1")
    clock.advance(30 * DAY)
    assert names(engine.tasks(HELEN)) == ["r1:request.answer:1", "r1:request.decide:1"]
    engine.perform("r1", Ask.answer(text="late"), by=HELEN)
    assert names(engine.tasks(HELEN)) == ["r1:request.decide:1"]
    engine.perform("r1", Ask.deny(), by=HELEN)
    assert engine.tasks(HELEN) == ()


def test_a_deputys_tasks_are_those_of_whom_they_stand_in_for_as_far_and_as_long_as_they_do(
    store: Store, clock: ManualClock
):
    today = dt.date(2026, 3, 2)
    away = [
        Delegation("helen", "boris", today, today),
        Delegation("faina", "boris", today, today, roles=[CHIEF]),
        Delegation("olga", "ivan", today, today),
    ]
    engine = requests_engine(store, clock, directory=MemoryDirectory(PEOPLE, away))
    checked(engine, "r1")
    sent(engine, "e1", doer="olga")
    sent(engine, "e2")
    asked(engine, "r2")
    assert names(engine.tasks(BORIS)) == names(engine.tasks(HELEN)) == ["r2:request.answer:1", "r2:request.decide:1"]
    assert names(engine.tasks(IVAN)) == ["e1:errand.finish:1", "e2:errand.finish:1"], "the person's and the role's"
    clock.advance(DAY)
    assert engine.tasks(BORIS) == engine.tasks(IVAN) == ()


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 6, 7, 50])
@pytest.mark.parametrize("after", [lambda task: task, lambda task: task.id], ids=["the task", "its id"])
def test_tasks_are_paged_without_gap_or_double(engine: ProcessEngine, limit: int, after: Callable[[Task], Any]):
    for number in range(3):
        checked(engine, f"r{number}")
        sent(engine, f"e{number}", doer="faina")
    found: list[Task] = []
    while page := engine.tasks(FAINA, after=after(found[-1]) if found else None, limit=limit):
        assert len(page) <= limit
        found += page
    assert names(tuple(found)) == [*(f"e{n}:errand.finish:1" for n in range(3)), "r0", "r1", "r2"]
    assert tuple(found) == engine.tasks(FAINA)


def test_a_page_of_tasks_follows_one_that_has_been_done_since(engine: ProcessEngine):
    for number in range(3):
        sent(engine, f"e{number}", doer="faina")
    first, second = engine.tasks(FAINA, limit=2)
    engine.perform(second.case, Errand.finish(), by=FAINA)
    assert names(engine.tasks(FAINA, after=second)) == ["e2:errand.finish:1"]
    assert names(engine.tasks(FAINA)) == [first.id, "e2:errand.finish:1"]


def test_tasks_are_filtered_by_process(engine: ProcessEngine):
    checked(engine, "r1")
    sent(engine, "e1", doer="faina")
    assert names(engine.tasks(FAINA, process=Ask)) == ["r1"]
    assert names(engine.tasks(FAINA, process="errand")) == ["e1:errand.finish:1"]


# -- what somebody may do ---------------------------------------------------------------------------------------------


def test_available_judges_children_too(engine: ProcessEngine):
    asked(engine, "r1")

    def wrap_up() -> bool:
        return {one.step.id: one.allowed for one in engine.available("r1", by=HELEN)}["wrap_up"]

    assert wrap_up()
    errand = sent(engine, "e1", request="r1")
    assert not wrap_up()
    assert engine.perform(errand, Errand.finish(), by=OLGA).stage == "done"
    assert wrap_up()


def test_available_gives_every_step_of_the_stage_with_all_the_reasons_why_not(engine: ProcessEngine):
    asked(engine, "r1")
    found = {one.step.id: [why.code for why in one.refusals] for one in engine.available("r1", by="anna")}
    assert set(found) == {step.id for step in Ask.table.leaving("asked")}
    assert found["amend"] == []
    assert found["decide"] == ["wrong_role", "same_person", "no_answer"]
    with pytest.raises(StepRefused) as refused:
        engine.perform("r1", Ask.decide(), by=ANNA)
    assert [why.code for why in refused.value.refusals] == found["decide"]
    assert set(refused.value.allowed) == {step for step, codes in found.items() if not codes}


# -- names that nothing has -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "error", "said"),
    [
        (lambda e: e.cases("clam"), UnknownProcess, "'clam'"),
        (lambda e: e.count("clam"), UnknownProcess, "'clam'"),
        (lambda e: e.tasks(ANNA, process="clam"), UnknownProcess, "'clam'"),
        (lambda e: e.obligations(process="clam"), UnknownProcess, "'clam'"),
        (lambda e: e.migrate("clam"), UnknownProcess, "'clam'"),
        (lambda e: e.cases(stage="limbo"), UnknownStage, "'limbo'"),
        (lambda e: e.cases(Ask, stage="todo"), UnknownStage, "'todo'; there are asked, checking, granted, denied"),
        (lambda e: e.cases(where={"clint": "Vega"}), UnknownAttribute, "'clint'; they are by author, number, client"),
        (lambda e: e.cases(Ask, where={"client": "Vega"}), UnknownAttribute, "'client'; they are by author, number"),
        (lambda e: e.count(where={"": "Vega"}), UnknownAttribute, "''"),
        (lambda e: e.cases(onwer=ANNA), UnknownAttribute, "'onwer'"),
        (lambda e: e.cases(order="owner"), UnknownAttribute, "'owner'; there are id, -id, last_at, -last_at"),
        (lambda e: e.cases(owner="nobody"), UnknownEmployee, "'nobody'"),
        (lambda e: e.obligations(owner="nobody"), UnknownEmployee, "'nobody'"),
        (lambda e: e.tasks("nobody"), UnknownEmployee, "'nobody'"),
        (lambda e: e.obligations(norm="request.decided"), UnknownAttribute, "close to it: request.decide"),
        (lambda e: e.obligations(status="late"), UnknownAttribute, "'late'; there are open, paused, met, met_late"),
        (lambda e: e.obligations(after="r9:request.decide:1"), CaseNotFound, "'r9:request.decide:1'"),
        (lambda e: e.cases(order="-last_at", after="r9"), CaseNotFound, "'r9'"),
        (lambda e: e.tasks(ANNA, after="r9"), CaseNotFound, "'r9'"),
    ],
)
def test_a_name_that_nothing_has_is_an_error_and_no_empty_answer(
    engine: ProcessEngine, question: Callable[[ProcessEngine], Any], error: type[SalesregError], said: str
):
    asked(engine, "r1")
    with pytest.raises(error) as wrong:
        question(engine)
    assert said in str(wrong.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"limit": 0}, "limit is a whole number from 1 to 1,000,000, not 0"),
        ({"limit": True}, "limit is a whole number from 1 to 1,000,000, not True"),
        ({"since": "today"}, "since is an aware datetime, not 'today'"),
        ({"until": 5}, "until is an aware datetime, not 5"),
        ({"where": {"author": 5}}, "what cases are found by in where={'author': ...} is of type str, not 5"),
    ],
    ids=str,
)
def test_what_is_asked_is_of_its_kind(engine: ProcessEngine, wrong: dict[str, Any], told: str):
    with pytest.raises(PayloadError) as error:
        engine.cases("request", **wrong)
    assert str(error.value) == told


def test_cases_are_found_however_their_letters_are_composed(engine: ProcessEngine):
    asked(engine, "r1", number="\u0439-1")
    assert names(engine.cases("request", where={"number": "\u0438\u0306-1"})) == ["r1"]


def test_a_page_by_time_goes_on_from_the_case_in_hand(engine: ProcessEngine, clock: ManualClock):
    for case_id in ("r1", "r2", "r3"):
        asked(engine, case_id)
        clock.advance(MINUTE)
    first = engine.cases("request", order="last_at", limit=2)
    engine.perform("r2", Ask.answer(text="yes"), by=HELEN)
    rest = engine.cases("request", order="last_at", after=first[-1])
    assert [one.id for one in (*first, *rest)] == ["r1", "r2", "r3", "r2"]
