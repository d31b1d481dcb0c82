"""The assignment, as the regulation reads: one person, one instant, a result on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from salesreg import open_engine
from salesreg.adapters.memory import MemoryDirectory
from salesreg.domain.people import Delegation, Employee, Role
from salesreg.errors import StepRefused
from salesreg.processes import Case, ObligationStatus
from salesreg.processes.assignment import Assignment
from salesreg.regulations import example
from salesreg.testing import ManualClock, RecordingNotifier

MOSCOW = dt.timezone(dt.timedelta(hours=3))
HEAD = Employee("head", "Gleb", [Role.HEAD_OF_SALES], email="head@example.com")
ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER], email="anna@example.com")
BORIS = Employee("boris", "Boris", [Role.SALES_MANAGER], email="boris@example.com")
BOSS = Employee("boss", "Boss", [Role.CEO])
GONE = Employee("gone", "Gone", [Role.SALES_MANAGER], left_on=dt.date(2026, 1, 1))


def moscow(day: int, clock: str = "10:00") -> dt.datetime:
    """An instant of March 2026; the 2nd is a Monday."""
    return dt.datetime.combine(dt.date(2026, 3, day), dt.time.fromisoformat(clock), MOSCOW)


class Task:
    """One assignment of Anna's, given by the head."""

    def __init__(self, url: str = "memory:") -> None:
        self.clock = ManualClock(moscow(2))
        self.notifier = RecordingNotifier()
        self.engine = open_engine(
            url,
            regulation=example(),
            directory=MemoryDirectory(
                [HEAD, ANNA, BORIS, BOSS, GONE], [Delegation("anna", "boris", dt.date(2026, 3, 5), dt.date(2026, 3, 5))]
            ),
            clock=self.clock,
            notifier=self.notifier,
        )
        self.id = self.give().id

    def give(self, by: str = "head", **payload: object) -> Case[Any]:
        usual = {"what": "Call Romashka", "due": moscow(4, "12:30"), "responsible": "anna"}
        return self.engine.start("assignment", by=by, **{**usual, **payload})

    def at(self, day: int, clock: str = "10:00") -> Task:
        self.clock.move_to(moscow(day, clock))
        return self

    def do(self, step: str, by: str = "head", **payload: object) -> Task:
        self.engine.perform(self.id, step, by=by, **payload)
        return self

    def done(self) -> Task:
        return self.do("report_done", by="anna", result="they want an audit")

    @property
    def case(self) -> Case[Any]:
        return self.engine.case(self.id)

    def clocks(self, norm: str = "on_time") -> list[Any]:
        return [one for one in self.engine.obligations(case=self.id) if one.norm == f"assignment.{norm}"]

    def told(self) -> set[tuple[str, str]]:
        self.engine.tick()
        return {(m.to, m.template) for m in self.notifier.delivered if m.case == self.id}

    def refused(self, step: str, by: str = "head", **payload: object) -> dict[str, str | None]:
        before = self.case
        with pytest.raises(StepRefused) as no:
            self.do(step, by=by, **payload)
        assert self.case == before
        assert all(refusal.ru for refusal in no.value.refusals)
        return {refusal.code: refusal.clause for refusal in no.value.refusals}


@pytest.fixture(params=["memory:", "sqlite"])
def task(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Task]:
    here = Task(request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/assignments.db")
    yield here
    assert here.engine.verify() == ()
    here.engine.close()


def test_the_page_has_no_findings():
    assert Assignment.check() == ()


def test_an_assignment_is_due_at_its_own_instant(task):
    (one,) = task.clocks()
    assert (one.due, one.person, one.role, one.term) == (moscow(4, "12:30"), "anna", None, "")


def test_an_assignment_has_a_task_a_future_and_an_employed_person(task):
    with pytest.raises(StepRefused) as no:
        task.give(what=" ", due=moscow(2), responsible="gone")
    assert {(one.code, one.clause) for one in no.value.refusals} == {
        ("no_task", "R74"),
        ("in_the_past", "R74"),
        ("not_available", "R74"),
    }


def test_a_manager_gives_no_assignments(task):
    with pytest.raises(StepRefused, match="R74"):
        task.give(by="anna")


def test_the_one_responsible_is_told_at_assignment_before_it_is_due_and_when_it_is_overdue(task):
    assert task.told() == {("anna", "give_assignment")}
    task.at(4, "08:30")
    assert ("anna", "remind") in task.told()
    task.at(4, "12:31")
    assert ("anna", "overdue") in task.told()
    assert task.clocks()[0].status is ObligationStatus.BREACHED


def test_an_assignment_is_done_when_its_result_is_on_record_and_the_chair_is_told(task):
    assert task.refused("report_done", by="anna", result=" ") == {"no_result": "R46"}
    assert task.refused("report_done", by="boris", result="x") == {"wrong_role": "R74"}
    task.done()
    assert (task.case.stage, task.clocks()[0].status) == ("done", ObligationStatus.MET)
    assert ("head", "report_done") in task.told()


def test_at_its_very_instant_it_is_in_time_and_after_it_late(task):
    task.at(4, "12:30").done()
    assert task.clocks()[0].status is ObligationStatus.MET
    task.id = task.give(due=moscow(4, "12:31")).id
    task.at(4, "12:32").done()
    assert task.clocks()[0].status is ObligationStatus.MET_LATE


def test_what_was_done_in_time_may_be_recorded_later(task):
    task.at(5).do("report_done", by="anna", result="done", done_at=moscow(4))
    assert task.clocks()[0].status is ObligationStatus.MET


def test_a_deputy_reports_for_the_absent(task):
    task.at(5).do("report_done", by="boris", result="done")
    assert task.case.stage == "done"


def test_the_chair_verifies_in_time(task):
    task.done()
    assert task.clocks("verified")[0].due == moscow(4, "18:00")
    assert task.refused("verify_assignment", by="boris") == {"wrong_role": "R74"}
    assert task.do("verify_assignment").case.stage == "verified"
    assert task.clocks("verified")[0].status is ObligationStatus.MET


def test_nobody_verifies_their_own_assignment(task):
    task.id = task.give(responsible="head").id
    task.do("report_done", result="done")
    assert task.refused("verify_assignment") == {"same_person": "R95"}
    assert task.do("verify_assignment", by="boss").case.stage == "verified"


def test_a_result_that_does_not_do_is_given_back_with_a_reason_and_a_new_time(task):
    task.done()
    assert task.refused("return_assignment", reason=" ", due=moscow(1)) == {"no_reason": "R74", "in_the_past": "R74"}
    task.do("return_assignment", reason="no figures", due=moscow(5, "12:00"))
    assert (task.case.stage, task.case.data.result, task.case.data.returns) == ("assigned", None, ("no figures",))
    assert [one.due for one in task.clocks()] == [moscow(4, "12:30"), moscow(5, "12:00")]


def test_an_extension_has_a_reason_is_counted_and_moves_the_clock(task):
    assert task.refused("extend_assignment", due=moscow(4, "12:30"), reason="") == {
        "no_reason": "R74",
        "not_later": "R74",
    }
    task.do("extend_assignment", due=moscow(5), reason="client away")
    task.do("extend_assignment", due=moscow(6), reason="still away")
    assert len(task.case.data.extensions) == 2
    (one,) = task.clocks()
    assert (one.due, one.status) == (moscow(6), ObligationStatus.OPEN)
    task.at(4, "13:00").engine.tick()
    assert task.clocks()[0].status is ObligationStatus.OPEN


def test_only_the_chair_extends(task):
    assert task.refused("extend_assignment", by="anna", due=moscow(6), reason="busy") == {"wrong_role": "R74"}


def test_an_assignment_is_passed_on_with_its_clock_and_both_are_told(task):
    assert task.refused("reassign_assignment", responsible="anna", reason="") == {
        "no_reason": "R74",
        "same_person": "R74",
    }
    task.do("reassign_assignment", responsible="boris", reason="leave")
    (one,) = task.clocks()
    assert (one.person, one.due, task.case.data.former) == ("boris", moscow(4, "12:30"), "anna")
    assert {("anna", "reassign_assignment"), ("boris", "reassign_assignment")} <= task.told()
    assert task.refused("report_done", by="anna", result="x") == {"wrong_role": "R74"}


def test_a_cancelled_assignment_is_owed_by_nobody(task):
    assert task.refused("cancel_assignment", reason="") == {"no_reason": "R74"}
    task.do("cancel_assignment", reason="client closed down")
    assert (task.case.stage, task.clocks()[0].status) == ("cancelled", ObligationStatus.CANCELLED)
