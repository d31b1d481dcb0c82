"""Who may act: roles, several of them in one person, a deputy during an absence, and rules known beforehand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest

from salesreg.adapters.memory import MemoryDirectory
from salesreg.calendars import WorkSchedule
from salesreg.decide import available, decide
from salesreg.domain.people import STAFF, SYSTEM, Actor, Delegation, Employee, Role
from salesreg.engine import ProcessEngine
from salesreg.errors import StepRefused
from salesreg.opening import open_engine
from salesreg.processes import Process, Stage, Step, assigned, start
from salesreg.regulation import Regulation
from salesreg.testing import ManualClock


@attrs.frozen
class Paper:
    author: str


AUTHOR = assigned(lambda paper: paper.author, "the author", "автор")


class Signing(Process[Paper]):
    """A paper that one person writes and another signs."""

    id, version = "signing", 1

    written = Stage("Written", owner=Role.HEAD_OF_COMMERCIAL, no_term="whenever")
    signed = Stage("Signed", final=True)

    write = Step(start(written), "Write", by=[Role.SALES_MANAGER, Role.HEAD_OF_COMMERCIAL], clause="R9")
    sign = Step(written.to(signed), "Sign", by=Role.HEAD_OF_COMMERCIAL, never=AUTHOR, clause="R10")

    def on_write(self, attempt: Any) -> Paper:
        return Paper((attempt.on_behalf_of or attempt.by).id)


ANNA = Employee("anna", "Anna", [Role.SALES_MANAGER])
HEAD = Employee("head", "Irina", [Role.HEAD_OF_COMMERCIAL])
DIMA = Employee("dima", "Dima", [Role.FINANCE])
BOTH = Employee("both", "Boris", [Role.SALES_MANAGER, Role.HEAD_OF_COMMERCIAL])
PEOPLE = (ANNA, HEAD, DIMA, BOTH)
REGULATION = Regulation("acme", schedule=WorkSchedule.standard()).with_settings(
    {
        "escalation.remind_before": "4 working hours",
        "escalation.head_after": "1 business day",
        "escalation.ceo_after": "5 business days",
    }
)
NOON = dt.datetime(2026, 2, 2, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def run(*delegations: Delegation, regulation: Regulation = REGULATION) -> tuple[ProcessEngine, ManualClock]:
    clock = ManualClock(NOON)
    people = MemoryDirectory(PEOPLE, delegations)
    return open_engine("memory:", regulation=regulation, directory=people, clock=clock, processes=[Signing]), clock


def codes(refused: pytest.ExceptionInfo[StepRefused]) -> list[str]:
    return [one.code for one in refused.value.refusals]


def test_a_deputy_acts_for_the_absent_from_the_first_day_to_the_last():
    engine, clock = run(Delegation("head", "dima", dt.date(2026, 2, 3), dt.date(2026, 2, 4)))
    paper = engine.start("signing", by="anna")
    for day, allowed in enumerate([False, True, True, False], start=2):
        clock.move_to(dt.datetime(2026, 2, day, 9, tzinfo=dt.UTC))
        assert engine.available(paper, by="dima")[0].allowed is allowed
    clock.move_to(dt.datetime(2026, 2, 5, 9, tzinfo=dt.UTC))
    with pytest.raises(StepRefused) as refused:
        engine.perform(paper.id, "sign", by="dima")
    assert codes(refused) == ["wrong_role"]


def test_the_record_says_for_whom_a_deputy_acted_and_in_which_role():
    engine, _ = run(Delegation("head", "dima", NOON.date(), NOON.date()))
    paper = engine.start("signing", by="anna")
    engine.perform(paper.id, "sign", by="dima")
    event = engine.history(paper.id)[-1]
    assert (event.by, event.on_behalf_of, event.role) == ("dima", "head", Role.HEAD_OF_COMMERCIAL)


def test_the_day_of_an_absence_is_the_companys_not_greenwichs():
    engine, clock = run(Delegation("head", "dima", dt.date(2026, 2, 3), dt.date(2026, 2, 3)))
    paper = engine.start("signing", by="anna")
    clock.move_to(dt.datetime(2026, 2, 2, 21, 30, tzinfo=dt.UTC))  # half past midnight in Moscow
    assert engine.available(paper, by="dima")[0].allowed


def test_a_deputy_of_the_author_does_not_sign_what_the_author_wrote():
    for deputy in ("dima", "head"):  # the head could sign in their own right, were they not standing in for the author
        engine, clock = run(Delegation("both", deputy, NOON.date(), NOON.date()))
        paper = engine.start("signing", by="both")
        with pytest.raises(StepRefused) as refused:
            engine.perform(paper.id, "sign", by=deputy)
        assert codes(refused) == ["same_person"]
    clock.advance(DAY)
    assert engine.perform(paper.id, "sign", by="head").stage == "signed"


def test_the_author_does_not_sign_as_somebody_elses_deputy():
    engine, _ = run(Delegation("head", "anna", NOON.date(), NOON.date()))
    paper = engine.start("signing", by="anna")
    with pytest.raises(StepRefused) as refused:
        engine.perform(paper.id, "sign", by="anna")
    assert codes(refused) == ["same_person"]


def test_a_paper_that_a_deputy_wrote_is_the_absent_ones():
    engine, _ = run(Delegation("both", "dima", NOON.date(), NOON.date()))
    paper = engine.start("signing", by="dima")
    assert paper.data.author == "both"
    with pytest.raises(StepRefused) as refused:
        engine.perform(paper.id, "sign", by="both")
    assert codes(refused) == ["same_person"]


def test_a_delegation_may_cover_some_roles_only():
    only = frozenset({Role.SALES_MANAGER})
    engine, _ = run(Delegation("both", "dima", NOON.date(), NOON.date(), roles=only))
    paper = engine.start("signing", by="dima")
    assert engine.history(paper.id)[0].role is Role.SALES_MANAGER
    with pytest.raises(StepRefused) as refused:
        engine.perform(engine.start("signing", by="anna").id, "sign", by="dima")
    assert codes(refused) == ["wrong_role"]


def test_one_person_with_several_roles_acts_in_each_but_does_not_approve_their_own():
    engine, _ = run()
    mine, hers = engine.start("signing", by="both"), engine.start("signing", by="anna")
    with pytest.raises(StepRefused) as refused:
        engine.perform(mine.id, "sign", by="both")
    assert [(one.code, one.clause) for one in refused.value.refusals] == [("same_person", "R95")]
    assert engine.perform(hers.id, "sign", by="both").stage == "signed"


def test_a_small_firm_may_merge_the_roles():
    engine, _ = run(regulation=REGULATION.with_settings({"duties.separated": False}))
    paper = engine.start("signing", by="both")
    assert engine.perform(paper.id, "sign", by="both").stage == "signed"


def test_who_does_not_know_the_rules_of_a_role_does_not_act_in_it():
    newcomer = Actor(ANNA, unacknowledged=frozenset({Role.SALES_MANAGER}))
    with pytest.raises(StepRefused) as refused:
        decide(Signing, None, "write", by=newcomer, at=NOON, regulation=REGULATION, case_id="p")
    (refusal,) = refused.value.refusals
    assert (refusal.code, refusal.clause, refusal.got) == ("not_acknowledged", "R84", "none")
    assert "не ознакомлен" in refusal.ru


def test_of_several_roles_the_one_whose_rules_are_known_is_taken():
    half = Actor(BOTH, unacknowledged=frozenset({Role.SALES_MANAGER}))
    done = decide(Signing, None, "write", by=half, at=NOON, regulation=REGULATION, case_id="p")
    assert done.event.role is Role.HEAD_OF_COMMERCIAL
    offered = available(
        Signing, done.case, by=Actor(HEAD, unacknowledged=frozenset(STAFF)), at=NOON, regulation=REGULATION
    )
    assert [one.code for one in offered[0].refusals] == ["not_acknowledged"]


def test_the_system_has_nothing_to_acknowledge():
    assert Role.SYSTEM not in STAFF
    assert Actor(SYSTEM).unacknowledged == frozenset()
